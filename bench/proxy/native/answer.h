/* Answer: an HTTP/1.1 answer read as it comes, and whether it is what the mock must have said to this call. */
#ifndef ANSWER_H
#define ANSWER_H

#include "wire.h"

typedef enum { GOOD, CONNECT, BROKEN, STATUS, WRONG, LATE } outcome;
typedef enum { HEAD, SIZED, SIZE_LINE, PIECE, PIECE_END, TRAILER, TO_THE_END, COMPLETE, NONSENSE } state;

typedef struct {
    state state;
    int status, is_closing;
    uint64_t left;
    buffer head, body;
} answer;

/* What one call expects and what has come of it. `is_exact` is off for gateways that write the answer anew. */
typedef struct {
    int is_exact, asks_usage;
    unsigned chunks, number;
    uint64_t serial, first_ns;
    int finishes, usages, dones, is_wrong;
    char id[ID];
    buffer *delays_us;
} expected;

static void start_over(answer *one) {
    one->state = HEAD;
    one->status = one->is_closing = 0;
    one->left = 0;
    one->head.length = one->body.length = 0;
}

static const char *field(const buffer *head, const char *name) {
    char *found = memmem(head->data, head->length, name, strlen(name));
    return found ? found + strlen(name) : NULL;
}

static void read_head(answer *one) {
    for (size_t at = 0; at < one->head.length; at++)
        if (one->head.data[at] >= 'A' && one->head.data[at] <= 'Z')
            one->head.data[at] |= 32;
    append(&one->head, "", 1);
    one->status = one->head.length > 12 ? atoi(one->head.data + 9) : 0;
    const char *length = field(&one->head, "\r\ncontent-length:"), *kept = field(&one->head, "\r\nconnection:");
    one->is_closing = kept && !strncmp(kept + (*kept == ' '), "close", 5);
    if (field(&one->head, "\r\ntransfer-encoding: chunked") || field(&one->head, "\r\ntransfer-encoding:chunked")) {
        one->state = SIZE_LINE;
    } else if (length) {
        one->left = strtoull(length, NULL, 10);
        one->state = one->left ? SIZED : COMPLETE;
    } else {
        one->state = TO_THE_END;
        one->is_closing = 1;
    }
    one->head.length = 0;
}

/* Take a line into `head` up to its end; 0 when more is needed. */
static int take_line(answer *one, const char **data, size_t *length, const char *end) {
    while (*length) {
        append(&one->head, (*data)++, 1);
        --*length;
        size_t size = strlen(end);
        if (one->head.length >= size && !memcmp(one->head.data + one->head.length - size, end, size))
            return 1;
    }
    return 0;
}

static void read_size(answer *one) {
    append(&one->head, "", 1);
    char *end;
    one->left = strtoull(one->head.data, &end, 16);
    one->state = end == one->head.data ? NONSENSE : one->left ? PIECE : TRAILER;
    one->head.length = 0;
}

static void take_body(answer *one, const char **data, size_t *length) {
    size_t piece = one->state == TO_THE_END || one->left > *length ? *length : (size_t)one->left;
    append(&one->body, *data, piece);
    *data += piece;
    *length -= piece;
    if (one->state == TO_THE_END)
        return;
    one->left -= piece;
    if (!one->left)
        one->state = one->state == SIZED ? COMPLETE : PIECE_END;
}

static void feed(answer *one, const char *data, size_t length) {
    while (length && one->state < COMPLETE) {
        switch (one->state) {
        case HEAD:
            if (take_line(one, &data, &length, "\r\n\r\n"))
                read_head(one);
            break;
        case SIZE_LINE:
            if (take_line(one, &data, &length, "\r\n"))
                read_size(one);
            break;
        case PIECE_END:
            if (take_line(one, &data, &length, "\r\n")) {
                one->state = SIZE_LINE;
                one->head.length = 0;
            }
            break;
        case TRAILER:
            if (take_line(one, &data, &length, "\r\n")) {
                one->state = one->head.length == 2 ? COMPLETE : TRAILER;
                one->head.length = 0;
            }
            break;
        default:
            take_body(one, &data, &length);
        }
    }
    if (length)
        one->state = NONSENSE; /* Bytes after the end of an answer that was not asked for. */
}

static int is_same(const char *data, size_t length, const buffer *wanted) {
    return length == wanted->length && !memcmp(data, wanted->data, length);
}

/* Whether an event is `wanted` and an end of it; with usage asked for, or asked for and hidden, null stands there. */
static int is_event(const char *data, size_t length, buffer *wanted) {
    size_t bare = wanted->length;
    TEXT(wanted, "}\n\n");
    if (is_same(data, length, wanted))
        return 1;
    wanted->length = bare;
    TEXT(wanted, NO_USAGE "}\n\n");
    return is_same(data, length, wanted);
}

static void read_delta(expected *call, const char *stamp, const char *data, size_t length, uint64_t now) {
    static buffer wanted;
    char digits[STAMP + 1] = {0};
    uint64_t sent;
    unsigned delay_us;
    if ((size_t)(data + length - stamp) < STAMP + 8) {
        call->is_wrong = 1;
        return;
    }
    memcpy(digits, stamp, STAMP);
    sent = strtoull(digits, NULL, 16);
    delay_us = now > sent ? (unsigned)((now - sent) / 1000) : 0;
    append(call->delays_us, &delay_us, sizeof delay_us);
    if (!call->first_ns)
        call->first_ns = now;
    write_digits(digits, call->number, 4);
    wanted.length = 0;
    append_delta(&wanted, call->id, call->number++, sent);
    call->is_wrong |= memcmp(stamp + STAMP, " w", 2) || memcmp(stamp + STAMP + 2, digits, 4);
    call->is_wrong |= call->is_exact && !is_event(data, length, &wanted);
}

static void read_event(expected *call, const char *data, size_t length, uint64_t now) {
    static buffer wanted;
    char *stamp = memmem(data, length, "\"@", 2);
    if (stamp) {
        read_delta(call, stamp + 2, data, length, now);
        return;
    }
    if (length >= 12 && !memcmp(data, "data: [DONE]", 12)) {
        call->dones++;
        return;
    }
    if (!call->is_exact)
        return;
    wanted.length = 0;
    append_finish(&wanted, call->id);
    if (is_event(data, length, &wanted)) {
        call->finishes++;
        return;
    }
    wanted.length = 0;
    append_usage_event(&wanted, call->serial, call->id);
    call->usages += is_same(data, length, &wanted);
    call->is_wrong |= !is_same(data, length, &wanted);
}

/* Read the events that are complete, and keep what is left of the next one. */
static void read_events(expected *call, buffer *body, uint64_t now) {
    size_t at = 0;
    for (char *end; (end = memmem(body->data + at, body->length - at, "\n\n", 2));) {
        size_t length = (size_t)(end + 2 - body->data) - at;
        read_event(call, body->data + at, length, now);
        at += length;
    }
    if (at)
        consume(body, at);
}

static int is_right_stream(const expected *call, const buffer *rest) {
    if (call->is_wrong || call->number != call->chunks || call->dones != 1)
        return 0;
    return !call->is_exact || (call->finishes == 1 && call->usages == call->asks_usage && !rest->length);
}

static int is_right(expected *call, const answer *one) {
    static buffer wanted;
    if (call->chunks)
        return is_right_stream(call, &one->body);
    wanted.length = 0;
    append_answer(&wanted, call->serial, call->id);
    if (call->is_exact)
        return is_same(one->body.data, one->body.length, &wanted);
    const char *text = memmem(wanted.data, wanted.length, "answer to ", 10);
    return memmem(one->body.data, one->body.length, text, 10 + ID + 2 + ANSWER_TEXT) != NULL;
}

#endif
