/* env_place.c: whether an address is of the outside world, of a private network or of this machine.
 *
 * A request that somebody else's text leads to (a webhook's address) must not reach what only this
 * network can reach. Names are judged by what they resolve to, at the moment of the connection. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "env/env_net_int.h"

struct range4 {
    uint32_t first;
    int bits;
};

static bool in_range(uint32_t address, struct range4 range)
{
    return (address ^ range.first) >> (32 - range.bits) == 0;
}

/* RFC 6890 and its successors: the IANA registry of special-purpose addresses. */
static enum net_place place_of_4(uint32_t address)
{
    static const struct range4 ranges[] = {
        {0x00000000, 8},  /* this network */
        {0x0A000000, 8},  /* private */
        {0x64400000, 10}, /* carriers' NAT */
        {0xA9FE0000, 16}, /* link-local, and the metadata services of clouds */
        {0xAC100000, 12}, /* private */
        {0xC0000000, 24}, /* protocol assignments */
        {0xC0000200, 24}, /* documentation */
        {0xC0586300, 24}, /* 6to4 relays */
        {0xC0A80000, 16}, /* private */
        {0xC6120000, 15}, /* benchmarks */
        {0xC6336400, 24}, /* documentation */
        {0xCB007100, 24}, /* documentation */
        {0xE0000000, 4},  /* multicast */
        {0xF0000000, 4},  /* reserved, broadcast */
    };
    if (address >> 24 == 127)
        return NET_PLACE_LOOPBACK;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (in_range(address, ranges[i]))
            return NET_PLACE_PRIVATE;
    }
    return NET_PLACE_PUBLIC;
}

static uint32_t word_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Only global unicast (2000::/3) is outside, less what carries another address in it. */
static enum net_place place_of_6(const struct in6_addr *address)
{
    const unsigned char *bytes = address->s6_addr;
    if (IN6_IS_ADDR_LOOPBACK(address))
        return NET_PLACE_LOOPBACK;
    if (IN6_IS_ADDR_V4MAPPED(address))
        return place_of_4(word_at(bytes + 12));
    uint32_t first = word_at(bytes);
    bool teredo_or_special = first >> 9 == 0x20010000 >> 9; /* 2001::/23 */
    bool documentation = first == 0x20010DB8 || first >> 12 == 0x3FFF0000 >> 12;
    if (first >> 29 != 1 || teredo_or_special || documentation)
        return NET_PLACE_PRIVATE;
    return first >> 16 == 0x2002 ? place_of_4(word_at(bytes + 2)) : NET_PLACE_PUBLIC;
}

enum net_place net_place_of_address(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        return place_of_4(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        return place_of_6(&in6.sin6_addr);
    }
    return NET_PLACE_PRIVATE;
}

enum net_place net_place_of(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    char bare[64] = "";
    size_t len = strlen(host);
    if (text_is_any_case(host, "localhost")
        || (len > 10 && text_is_any_case(host + len - 10, ".localhost")))
        return NET_PLACE_LOOPBACK;
    if (len > 2 && len < sizeof(bare) && host[0] == '[' && host[len - 1] == ']') {
        memcpy(bare, host + 1, len - 2);
        return inet_pton(AF_INET6, bare, &six) == 1 ? place_of_6(&six) : NET_PLACE_PRIVATE;
    }
    if (inet_aton(host, &four)) /* "127.1" and "0x7f000001" are addresses, too */
        return place_of_4(ntohl(four.s_addr));
    return NET_PLACE_PUBLIC; /* a name: what it leads to is seen when it is used */
}
