"""An identity provider on loopback (OpenID Connect, code flow with PKCE), which can misbehave."""
import base64
import hashlib
import http.server
import json
import os
import re
import subprocess
import threading
import time
import urllib.parse

CLIENT, SECRET = "perennial desk", "a secret: with/odd&signs"


def packed(value):
    """base64url without padding, of bytes or of JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Key:
    """A key pair; openssl makes it and signs."""

    def __init__(self, folder, name, algorithm, bits=2048):
        self.name, self.algorithm = name, algorithm
        self.path = os.path.join(folder, name + ".pem")
        more = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if algorithm == "RS256" \
            else ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        subprocess.run(["openssl", "genpkey", *more, "-out", self.path], check=True, capture_output=True)

    def sign(self, data):
        """As a JWS has it."""
        made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.path], input=data, check=True,
                              capture_output=True).stdout
        if self.algorithm == "RS256":
            return made
        parts, at = [], 2  # SEQUENCE of two INTEGERs
        for _ in range(2):
            length = made[at + 1]
            parts.append(made[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0"))
            at += 2 + length
        return b"".join(parts)

    def public(self):
        """The key as a JWK."""
        der = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"],
                             check=True,
                             capture_output=True).stdout
        one = {"kid": self.name, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "ES256":
            return {**one, "kty": "EC", "crv": "P-256", "x": packed(der[-64:-32]), "y": packed(der[-32:])}
        text = subprocess.run(["openssl", "pkey", "-in", self.path, "-noout", "-text"], check=True,
                              capture_output=True, text=True).stdout
        modulus = bytes.fromhex(re.sub(r"[\s:]", "", re.search(r"modulus:([\s0-9a-f:]+)", text)[1]))
        return {**one, "kty": "RSA", "n": packed(modulus.lstrip(b"\0")), "e": "AQAB"}


class Provider:
    """Its pages, and what of them is wrong: `wrong` is read at every answer."""

    def __init__(self, folder):
        self.keys = {"rsa": Key(folder, "rsa", "RS256"), "ec": Key(folder, "ec", "ES256")}
        self.stranger = Key(folder, "stranger", "RS256")
        self.weak = Key(folder, "weak", "RS256", 1024)
        self.wrong, self.claims, self.key = set(), {}, "rsa"
        self.codes, self.asked, self.number = {}, [], 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request."""

            def do_GET(self):
                """Discovery and keys."""
                provider.asked.append(self.path)
                self.answer(*provider.read(self.path))

            def do_POST(self):
                """A code for a token."""
                provider.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(*provider.trade(dict(urllib.parse.parse_qsl(body)), self.headers))

            def answer(self, status, value):
                """As JSON."""
                raw = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                """Quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realm"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def read(self, path):
        """Discovery and keys."""
        if path == "/realm/.well-known/openid-configuration":
            base = self.issuer
            found = {"issuer": base, "authorization_endpoint": base + "/authorize?tenant=1",
                     "token_endpoint": base + "/token", "jwks_uri": base + "/keys"}
            if "other issuer" in self.wrong:
                found["issuer"] = "https://login.example"
            if "inside" in self.wrong:
                found["token_endpoint"] = "http://169.254.169.254/token"
            if "garbage" in self.wrong:
                return 200, b"<html>"
            return 200, found
        if path == "/realm/keys":
            keys = [key.public() for key in [*self.keys.values(), self.weak]]
            return 200, {"keys": [{"kty": "oct", "k": "AAAA", "kid": "rsa"}, *keys]}
        return 404, {}

    def agree(self, url, **claims):
        """What a person does in their browser: yes. The address that leads back."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.number += 1
        code = f"code/{self.number}"
        self.codes[code] = (asked, claims)
        return asked["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": asked["state"]})

    def trade(self, form, headers):
        """A code for a token, once, to who began."""
        asked, claims = self.codes.pop(form.get("code"), (None, None))
        basic = base64.b64decode(headers.get("Authorization", "").removeprefix("Basic ")).decode()
        client, _, secret = basic.partition(":")
        challenge = packed(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not asked or challenge != asked["code_challenge"] \
                or form["redirect_uri"] != asked["redirect_uri"] \
                or [urllib.parse.unquote(client), urllib.parse.unquote(secret)] != [CLIENT, SECRET]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "sub": "s1", "nonce": asked["nonce"], "iat": now,
                "exp": now + 300, "email_verified": True, **claims}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.token(said)}

    def token(self, said):
        """Signed, or not quite."""
        key = self.stranger if "stranger" in self.wrong else self.weak if "weak" in self.wrong \
            else self.keys[self.key]
        header = {"alg": key.algorithm, "kid": "rsa" if "stranger" in self.wrong else key.name}
        if "alg none" in self.wrong:
            return packed({"alg": "none"}) + "." + packed(said) + "."
        if "hmac" in self.wrong:  # the public key as if it were a secret
            header["alg"] = "HS256"
        if "crit" in self.wrong:
            header["crit"] = ["b64"]
        body = packed(header) + "." + packed(said)
        signature = key.sign(body.encode())
        if "torn" in self.wrong:
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        if "swapped" in self.wrong:  # claims changed after they were signed
            body = packed(header) + "." + packed({**said, "email": "owner@desk.example"})
        if "no token" in self.wrong:
            return "not.a.token"
        return body + "." + packed(signature)

    def stop(self):
        """End it."""
        self.server.shutdown()
        self.server.server_close()
