/* phone.c: foreign telephone numbers and mail addresses: any text gives a well-formed result. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/phone.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *text = arena_text_n(&arena, (const char *)bytes, len);
    static const char *const regions[] = {"US", "GB", "JP", "HU", "XX", ""};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
        struct phone phone = phone_parse(text, regions[i]);
        assert(phone.valid == (phone.kind != PHONE_INVALID) && phone.valid == !phone.reason);
        if (!phone.valid)
            continue;
        size_t digits = strlen(phone.e164) - 1;
        assert(phone.e164[0] == '+' && strspn(phone.e164 + 1, "0123456789") == digits);
        struct phone again = phone_parse(phone.e164, regions[i]);
        assert(again.valid && text_is(again.e164, phone.e164) && again.kind == phone.kind);
    }
    char email[255], email_again[255];
    if (email_parse(text, email)) {
        assert(email_parse(email, email_again) && text_is(email, email_again));
        assert(strlen(email) < sizeof email && strchr(email, '@'));
    }
    return 0;
}
