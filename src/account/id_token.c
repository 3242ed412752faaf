/* id_token.c: see id_token.h. */
#include "account/id_token.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

enum {
    RSA_BITS_MIN = 2048,
    RSA_BYTES_MAX = 1024, /* longer ones only cost time */
    EC_BYTES = 32,
    KEYS_MAX = 100,
};

static enum err denied(struct why *reterr_why, const char *message)
{
    return why_set(reterr_why, ERR_DENIED, "%s", message);
}

/* ---- the three parts ---- */

struct parts {
    json_t *header, *claims;
    const char *signed_text; /* what the signature is over */
    size_t signed_len;
    unsigned char *signature;
    size_t signature_len;
};

static json_t *object_of(struct arena *arena, const char *text, size_t len)
{
    unsigned char *bytes = NULL;
    size_t bytes_len = 0;
    json_t *json = NULL;
    if (!hash_base64_decode(arena, arena_text_n(arena, text, len), &bytes, &bytes_len)
        || json_parse((const char *)bytes, bytes_len, &json, NULL) != ERR_NONE)
        return NULL;
    if (!json_is_object(json)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static bool split(struct arena *arena, const char *token, struct parts *parts)
{
    const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    if (strlen(token) > ID_TOKEN_BYTES_MAX || !second || strchr(second + 1, '.'))
        return false;
    parts->signed_text = token;
    parts->signed_len = (size_t)(second - token);
    parts->header = object_of(arena, token, (size_t)(first - token));
    parts->claims = object_of(arena, first + 1, (size_t)(second - first - 1));
    return parts->header && parts->claims
        && hash_base64_decode(arena, second + 1, &parts->signature, &parts->signature_len);
}

static const char *text_in(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* ---- the key ---- */

static bool number_in(
    struct arena *arena, const json_t *key, const char *name, unsigned char **bytes, size_t *len)
{
    const char *text = text_in(key, name);
    return *text && hash_base64_decode(arena, text, bytes, len) && *len > 0
        && *len <= RSA_BYTES_MAX;
}

static EVP_PKEY *key_from(const char *kind, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (!params || !context || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *rsa_key(struct arena *arena, const json_t *json)
{
    unsigned char *n, *e;
    size_t n_len, e_len;
    EVP_PKEY *key = NULL;
    if (!number_in(arena, json, "n", &n, &n_len) || !number_in(arena, json, "e", &e, &e_len))
        return NULL;
    BIGNUM *modulus = BN_bin2bn(n, (int)n_len, NULL), *exponent = BN_bin2bn(e, (int)e_len, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (modulus && exponent && build && BN_num_bits(modulus) >= RSA_BITS_MIN
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = key_from("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static EVP_PKEY *ec_key(struct arena *arena, const json_t *json)
{
    unsigned char *x, *y, point[1 + 2 * EC_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
    size_t x_len, y_len;
    EVP_PKEY *key = NULL;
    if (!text_is(text_in(json, "crv"), "P-256") || !number_in(arena, json, "x", &x, &x_len)
        || !number_in(arena, json, "y", &y, &y_len) || x_len != EC_BYTES || y_len != EC_BYTES)
        return NULL;
    memcpy(point + 1, x, EC_BYTES);
    memcpy(point + 1 + EC_BYTES, y, EC_BYTES);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (build
        && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point))
            == 1)
        key = key_from("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

/* ---- the signature ---- */

/* A JWS has the two numbers side by side (RFC 7518 section 3.4); OpenSSL wants them in DER. */
static bool der_of(struct parts *parts, struct arena *arena)
{
    if (parts->signature_len != (size_t)2 * EC_BYTES)
        return false;
    bool fine = false;
    unsigned char *der = NULL;
    BIGNUM *r = BN_bin2bn(parts->signature, EC_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(parts->signature + EC_BYTES, EC_BYTES, NULL);
    ECDSA_SIG *both = ECDSA_SIG_new();
    if (r && s && both && ECDSA_SIG_set0(both, r, s) == 1) {
        r = s = NULL; /* now of `both` */
        int len = i2d_ECDSA_SIG(both, &der);
        fine = len > 0;
        if (fine) {
            parts->signature = arena_alloc(arena, (size_t)len);
            parts->signature_len = (size_t)len;
            memcpy(parts->signature, der, (size_t)len);
        }
    }
    OPENSSL_free(der);
    ECDSA_SIG_free(both);
    BN_free(r);
    BN_free(s);
    return fine;
}

static bool verifies(EVP_PKEY *key, const struct parts *parts)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool fine = key && context
        && EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1
        && EVP_DigestVerify(context, parts->signature, parts->signature_len,
               (const unsigned char *)parts->signed_text, parts->signed_len)
            == 1;
    EVP_MD_CTX_free(context);
    return fine;
}

/* May this key verify this token? */
static bool key_fits(const json_t *key, const json_t *header, bool rsa)
{
    const char *kid = text_in(header, "kid"), *use = text_in(key, "use"),
               *alg = text_in(key, "alg");
    return text_is(text_in(key, "kty"), rsa ? "RSA" : "EC")
        && (!*kid || text_is(text_in(key, "kid"), kid)) && (!*use || text_is(use, "sig"))
        && (!*alg || text_is(alg, text_in(header, "alg")));
}

static enum err check_signature(
    struct arena *arena, struct parts *parts, const json_t *keys, struct why *reterr_why)
{
    const char *alg = text_in(parts->header, "alg");
    bool rsa = text_is(alg, "RS256"), ec = text_is(alg, "ES256");
    if (!rsa && !ec)
        return denied(reterr_why, "the ID token is signed by neither RS256 nor ES256");
    if (json_object_get(parts->header, "crit"))
        return denied(reterr_why, "the ID token wants what nobody here understands");
    if (ec && !der_of(parts, arena))
        return denied(reterr_why, "the ID token's signature is no ES256 signature");
    size_t index = 0;
    json_t *json = NULL;
    const json_t *list = json_object_get(keys, "keys");
    bool found = false, fine = false;
    json_array_foreach(list, index, json)
    {
        if (fine || index >= KEYS_MAX || !key_fits(json, parts->header, rsa))
            continue;
        EVP_PKEY *key = rsa ? rsa_key(arena, json) : ec_key(arena, json);
        found = found || key;
        fine = verifies(key, parts);
        EVP_PKEY_free(key);
    }
    if (fine)
        return ERR_NONE;
    return denied(reterr_why,
        found ? "the ID token's signature is wrong"
              : "the provider lists no key of 2048 bits or more, or of P-256, for the ID token");
}

/* ---- the claims ---- */

static bool is_for_us(const json_t *claims, const char *client_id)
{
    const json_t *aud = json_object_get(claims, "aud");
    const char *azp = text_in(claims, "azp");
    if (json_is_string(aud))
        return text_is(json_string_value(aud), client_id) && (!*azp || text_is(azp, client_id));
    size_t index = 0;
    json_t *one = NULL;
    bool named = false;
    json_array_foreach(aud, index, one) named = named || text_is(json_string_value(one), client_id);
    return named && (*azp ? text_is(azp, client_id) : json_array_size(aud) == 1);
}

static bool seconds_in(const json_t *claims, const char *name, int64_t *ret_ms)
{
    const json_t *value = json_object_get(claims, name);
    double seconds = json_number_value(value);
    if (!json_is_number(value) || !(seconds > 0 && seconds < 1e11))
        return false;
    *ret_ms = (int64_t)seconds * MS_PER_SECOND;
    return true;
}

static enum err check_times(const json_t *claims, struct instant now, struct why *reterr_why)
{
    int64_t ends_ms = 0, issued_ms = 0, begins_ms = 0;
    if (!seconds_in(claims, "exp", &ends_ms) || ends_ms + ID_TOKEN_SKEW_MS <= now.ms)
        return denied(reterr_why, "the ID token has expired");
    if (!seconds_in(claims, "iat", &issued_ms) || issued_ms - ID_TOKEN_SKEW_MS > now.ms
        || issued_ms + ID_TOKEN_AGE_MS_MAX < now.ms)
        return denied(
            reterr_why, "the ID token was not made just now: is this machine's clock right?");
    if (json_object_get(claims, "nbf")
        && (!seconds_in(claims, "nbf", &begins_ms) || begins_ms - ID_TOKEN_SKEW_MS > now.ms))
        return denied(reterr_why, "the ID token does not hold yet");
    return ERR_NONE;
}

static bool says_second_factor(const json_t *claims)
{
    size_t index = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(claims, "amr"), index, one)
    {
        if (text_is(json_string_value(one), "mfa"))
            return true;
    }
    return false;
}

static enum err check_claims(
    const json_t *claims, const struct id_token_expected *expected, struct why *reterr_why)
{
    const char *nonce = text_in(claims, "nonce");
    if (!text_is(text_in(claims, "iss"), expected->issuer))
        return denied(reterr_why, "the ID token is of another issuer");
    if (!is_for_us(claims, expected->client_id))
        return denied(reterr_why, "the ID token is for another client");
    if (strlen(nonce) != strlen(expected->nonce)
        || !hash_equal(nonce, expected->nonce, strlen(nonce)))
        return denied(reterr_why, "the ID token is not for this sign-in (nonce)");
    if (!*text_in(claims, "sub"))
        return denied(reterr_why, "the ID token names nobody");
    if (!*text_in(claims, "email"))
        return denied(reterr_why, "the ID token has no email address: the provider must send it");
    if (!json_is_true(json_object_get(claims, "email_verified")))
        return denied(reterr_why, "the provider has not verified the email address");
    return check_times(claims, expected->now, reterr_why);
}

enum err id_token_check(struct arena *arena, const char *token, const json_t *keys,
    const struct id_token_expected *expected, struct id_token_said *ret_said,
    struct why *reterr_why)
{
    struct parts parts = {0};
    enum err err = ERR_NONE;
    if (!split(arena, token, &parts))
        err = denied(reterr_why, "the ID token is no signed token");
    if (err == ERR_NONE)
        err = check_signature(arena, &parts, keys, reterr_why);
    if (err == ERR_NONE)
        err = check_claims(parts.claims, expected, reterr_why);
    if (err == ERR_NONE)
        *ret_said = (struct id_token_said){
            .subject = arena_text(arena, text_in(parts.claims, "sub")),
            .email = arena_text(arena, text_in(parts.claims, "email")),
            .second_factor = says_second_factor(parts.claims),
        };
    json_decref(parts.header);
    json_decref(parts.claims);
    return err;
}
