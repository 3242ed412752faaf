#include <string.h>

#include "base/phone.h"
#include "base/text.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63, ADDRESS_MAX = 254 }; /* RFC 5321 4.5.3.1 */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The "dot-atom" of RFC 5322 section 3.2.3. Quoted local parts exist on paper only: refused. */
static bool local_valid(struct str local)
{
    if (local.len == 0 || local.len > LOCAL_MAX)
        return false;
    for (size_t i = 0; i < local.len; i++) {
        char c = local.data[i];
        bool dot = c == '.';
        if (!dot && !is_alnum(c) && (c == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~", c)))
            return false;
        if (dot && (i == 0 || i + 1 == local.len || local.data[i - 1] == '.'))
            return false;
    }
    return true;
}

static bool label_valid(struct str label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.data[0] == '-'
        || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_alnum(label.data[i]) && label.data[i] != '-')
            return false;
    return true;
}

static bool domain_valid(struct str domain)
{
    if (domain.len == 0 || domain.len > DOMAIN_MAX)
        return false;
    size_t labels = 0;
    bool last_is_number = true;
    for (size_t start = 0; start <= domain.len;) {
        const char *dot = memchr(domain.data + start, '.', domain.len - start);
        size_t end = dot ? (size_t)(dot - domain.data) : domain.len;
        struct str label = {domain.data + start, end - start};
        if (!label_valid(label))
            return false;
        last_is_number = true;
        for (size_t i = 0; i < label.len; i++)
            last_is_number = last_is_number && label.data[i] >= '0' && label.data[i] <= '9';
        labels++;
        start = end + 1;
    }
    return labels >= 2 && !last_is_number;
}

static struct str without_wrapping(struct str text)
{
    const char *open = text.len ? memrchr(text.data, '<', text.len) : NULL;
    const char *close = text.len ? memrchr(text.data, '>', text.len) : NULL;
    if (open && close == text.data + text.len - 1 && open < close)
        text = str_trim((struct str){open + 1, (size_t)(close - open) - 1});
    if (text.len > 7 && strncasecmp(text.data, "mailto:", 7) == 0) {
        text = (struct str){text.data + 7, text.len - 7};
        const char *query = memchr(text.data, '?', text.len);
        if (query)
            text.len = (size_t)(query - text.data);
    }
    return str_trim(text);
}

bool email_parse(const char *text, char ret_email[255])
{
    struct str address = without_wrapping(str_trim(str_of(text)));
    const char *at = address.len ? memchr(address.data, '@', address.len) : NULL;
    if (!at || address.len > ADDRESS_MAX)
        return false;
    struct str local = {address.data, (size_t)(at - address.data)};
    struct str domain = {at + 1, address.len - local.len - 1};
    if (!local_valid(local) || !domain_valid(domain))
        return false;
    for (size_t i = 0; i < address.len; i++) {
        char c = address.data[i];
        bool upper = i > local.len && c >= 'A' && c <= 'Z';
        ret_email[i] = upper ? (char)(c - 'A' + 'a') : c;
    }
    ret_email[address.len] = '\0';
    return true;
}
