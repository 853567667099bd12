/* Wire: what the mock upstream and the load have in common: the text of a call, clocks, buffers.
 *
 * A call is told apart by `SSSSSSSSSS-PPPP-CCCC`: its serial, and the tokens in and out that the mock will report. The
 * request's message begins with `call=SSSSSSSSSS-PPPP-CCCC chunks=NNNN gap=GGGGGGG `: whoever reads it knows what must
 * be answered, byte for byte. What follows is a piece of one text, from a place that depends on the serial.
 * bench/proxy/text.py says the same in Python.
 */
#ifndef WIRE_H
#define WIRE_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { POOL = 8192, ID = 20, ANSWER_TEXT = 720, STAMP = 16 };

typedef struct {
    char *data;
    size_t length, room;
} buffer;

static char pool[POOL];

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static inline uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000ull + (uint64_t)at.tv_nsec;
}

static inline void reserve(buffer *into, size_t more) {
    if (into->length + more <= into->room)
        return;
    into->room = (into->length + more) * 2;
    into->data = realloc(into->data, into->room);
    if (!into->data)
        fail("realloc");
}

static inline void append(buffer *into, const void *data, size_t length) {
    reserve(into, length);
    memcpy(into->data + into->length, data, length);
    into->length += length;
}

static inline void consume(buffer *from, size_t length) {
    from->length -= length;
    memmove(from->data, from->data + length, from->length);
}

/* The text that all fillings are cut from: words in an order that a small generator gives. */
static void make_pool(void) {
    static const char *words[] = {"river", "stone", "light", "harbour", "letter", "quiet", "window", "garden",
                                  "the",   "of",    "and",   "under",   "over",   "with",  "from",   "toward"};
    uint32_t state = 1;
    size_t length = 0;
    while (length < POOL) {
        state = state * 1664525u + 1013904223u;
        const char *word = words[state >> 28];
        for (; *word && length < POOL; word++)
            pool[length++] = *word;
        if (length < POOL)
            pool[length++] = ' ';
    }
}

static void write_text(char *to, uint64_t serial, size_t length) {
    size_t from = serial * 37 % POOL;
    while (length) {
        size_t piece = POOL - from < length ? POOL - from : length;
        memcpy(to, pool + from, piece);
        to += piece;
        length -= piece;
        from = 0;
    }
}

static inline unsigned tokens_in(uint64_t serial) { return 100 + (unsigned)(serial * 7919 % 900); }
static inline unsigned tokens_out(uint64_t serial) { return 10 + (unsigned)(serial * 104729 % 90); }

static inline void write_digits(char *to, uint64_t value, int digits) {
    for (int at = digits - 1; at >= 0; at--, value /= 10)
        to[at] = (char)('0' + value % 10);
}

static inline void write_id(char *to, uint64_t serial) {
    write_digits(to, serial, 10);
    to[10] = '-';
    write_digits(to + 11, tokens_in(serial), 4);
    to[15] = '-';
    write_digits(to + 16, tokens_out(serial), 4);
}

static inline void write_stamp(char *to, uint64_t value) {
    for (int at = STAMP - 1; at >= 0; at--, value >>= 4)
        to[at] = "0123456789abcdef"[value & 15];
}

/* What the mock answers, cut where the call's own words go. */
#define ANSWER_1 "{\"id\":\"chatcmpl-"
#define ANSWER_2                                                                                                       \
    "\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,"   \
    "\"message\":{\"role\":\"assistant\",\"content\":\"answer to "
#define ANSWER_3 "\"},\"finish_reason\":\"stop\"}],\"usage\":"
#define EVENT_1 "data: {\"id\":\"chatcmpl-"
#define EVENT_2                                                                                                        \
    "\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"gpt-4o-mini\",\"choices\":["
#define DELTA_1 "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"@"
#define DELTA_2 " w"
#define DELTA_3 " \"},\"finish_reason\":null}]"
#define FINISH "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]"
#define NO_USAGE ",\"usage\":null"
#define DONE "data: [DONE]\n\n"
#define TEXT(to, words) append(to, words, sizeof(words) - 1)

static void append_id(buffer *to, const char *id) { append(to, id, ID); }

static void append_usage(buffer *to, uint64_t serial) {
    unsigned in = tokens_in(serial), out = tokens_out(serial);
    reserve(to, 128);
    to->length += (size_t)sprintf(to->data + to->length,
                                  "{\"prompt_tokens\":%u,\"completion_tokens\":%u,\"total_tokens\":%u}", in, out,
                                  in + out);
}

static void append_answer(buffer *to, uint64_t serial, const char *id) {
    TEXT(to, ANSWER_1);
    append_id(to, id);
    TEXT(to, ANSWER_2);
    append_id(to, id);
    TEXT(to, ": ");
    reserve(to, ANSWER_TEXT);
    write_text(to->data + to->length, serial, ANSWER_TEXT);
    to->length += ANSWER_TEXT;
    TEXT(to, ANSWER_3);
    append_usage(to, serial);
    TEXT(to, "}");
}

/* An event up to where the usage would stand. The stamp is when the mock sends it. */
static void append_delta(buffer *to, const char *id, unsigned number, uint64_t stamp) {
    char digits[STAMP];
    TEXT(to, EVENT_1);
    append_id(to, id);
    TEXT(to, EVENT_2 DELTA_1);
    write_stamp(digits, stamp);
    append(to, digits, STAMP);
    TEXT(to, DELTA_2);
    write_digits(digits, number, 4);
    append(to, digits, 4);
    TEXT(to, DELTA_3);
}

static void append_finish(buffer *to, const char *id) {
    TEXT(to, EVENT_1);
    append_id(to, id);
    TEXT(to, EVENT_2 FINISH);
}

static void append_usage_event(buffer *to, uint64_t serial, const char *id) {
    TEXT(to, EVENT_1);
    append_id(to, id);
    TEXT(to, EVENT_2 "],\"usage\":");
    append_usage(to, serial);
    TEXT(to, "}\n\n");
}

/* Sockets of loopback, and a wait that is exact to the microsecond; nothing outlives who started it. */
static void set_up(void) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    make_pool();
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void no_delay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int wait_for(int poll, struct epoll_event *events, int room, uint64_t until_ns) {
    uint64_t now = now_ns(), left = until_ns > now ? until_ns - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(left / 1000000000ull), .tv_nsec = (long)(left % 1000000000ull)};
    int count = epoll_pwait2(poll, events, room, &timeout, NULL);
    if (count < 0 && errno != EINTR)
        fail("epoll_pwait2");
    return count < 0 ? 0 : count;
}

static void watch(int poll, int operation, int fd, uint32_t events, void *what) {
    struct epoll_event event = {.events = events, .data.ptr = what};
    if (epoll_ctl(poll, operation, fd, &event) < 0)
        fail("epoll_ctl");
}

#endif
