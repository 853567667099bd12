/* Mock: an upstream that speaks OpenAI's chat completions, on one thread, at the cost of its system calls.
 *
 * `mock` listens on a free port of loopback and prints it. What it answers is said by the request: see wire.h. With
 * chunks=0000 the answer is whole, `gap` microseconds after the request; else a stream of so many events, `gap`
 * microseconds apart, each with the time at which it was sent. Requests carry a content-length.
 */
#include "wire.h"

enum { ROOM = 65536, EVENTS = 256, MOST = 65536 };

typedef struct {
    int fd, is_waiting, wants_usage;
    unsigned chunks, number;
    uint64_t due_ns, gap_ns, serial;
    size_t request, place;
    char id[ID];
    buffer in, out;
} connection;

static int poll_fd;
static connection *heap[MOST];
static size_t waiting;

static void put(size_t place, connection *one) {
    heap[place] = one;
    one->place = place;
}

static void sift_up(size_t place, connection *one) {
    while (place && heap[(place - 1) / 2]->due_ns > one->due_ns) {
        put(place, heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(place, one);
}

static void sift_down(size_t place, connection *one) {
    for (;;) {
        size_t child = 2 * place + 1;
        if (child + 1 < waiting && heap[child + 1]->due_ns < heap[child]->due_ns)
            child++;
        if (child >= waiting || heap[child]->due_ns >= one->due_ns)
            break;
        put(place, heap[child]);
        place = child;
    }
    put(place, one);
}

static void call_at(connection *one, uint64_t due_ns) {
    one->due_ns = due_ns;
    one->is_waiting = 1;
    if (waiting == MOST)
        fail("too many connections");
    sift_up(waiting++, one);
}

static void forget(connection *one) {
    if (!one->is_waiting)
        return;
    one->is_waiting = 0;
    connection *last = heap[--waiting];
    if (last == one)
        return;
    if (one->place && heap[(one->place - 1) / 2]->due_ns > last->due_ns)
        sift_up(one->place, last);
    else
        sift_down(one->place, last);
}

static void drop(connection *one) {
    forget(one);
    close(one->fd);
    free(one->in.data);
    free(one->out.data);
    free(one);
}

/* Send what is to be sent; 0 when the connection is gone. */
static int flush(connection *one) {
    while (one->out.length) {
        ssize_t sent = send(one->fd, one->out.data, one->out.length, 0);
        if (sent < 0 && errno == EAGAIN) {
            watch(poll_fd, EPOLL_CTL_MOD, one->fd, EPOLLIN | EPOLLOUT, one);
            return 1;
        }
        if (sent < 0)
            return 0;
        consume(&one->out, (size_t)sent);
    }
    return 1;
}

static void frame(buffer *out, const buffer *event) {
    reserve(out, event->length + 16);
    out->length += (size_t)sprintf(out->data + out->length, "%zx\r\n", event->length);
    append(out, event->data, event->length);
    TEXT(out, "\r\n");
}

static void append_event_end(buffer *event, int wants_usage) {
    if (wants_usage)
        TEXT(event, NO_USAGE);
    TEXT(event, "}\n\n");
}

static void append_last(connection *one, buffer *event) {
    event->length = 0;
    append_finish(event, one->id);
    append_event_end(event, one->wants_usage);
    frame(&one->out, event);
    event->length = 0;
    if (one->wants_usage) {
        append_usage_event(event, one->serial, one->id);
        frame(&one->out, event);
        event->length = 0;
    }
    TEXT(event, DONE);
    frame(&one->out, event);
    TEXT(&one->out, "0\r\n\r\n");
}

static void stream_on(connection *one, uint64_t now) {
    static buffer event;
    if (!one->number)
        TEXT(&one->out, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                        "x-request-id: req_mock\r\ntransfer-encoding: chunked\r\n\r\n");
    event.length = 0;
    append_delta(&event, one->id, one->number++, now_ns());
    append_event_end(&event, one->wants_usage);
    frame(&one->out, &event);
    if (one->number < one->chunks) {
        uint64_t next = one->due_ns + one->gap_ns;
        call_at(one, next > now ? next : now);
    } else {
        append_last(one, &event);
    }
}

static void answer_whole(connection *one) {
    static buffer body;
    body.length = 0;
    append_answer(&body, one->serial, one->id);
    reserve(&one->out, body.length + 256);
    one->out.length += (size_t)sprintf(one->out.data + one->out.length,
                                       "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                                       "x-request-id: req_mock\r\ncontent-length: %zu\r\n\r\n",
                                       body.length);
    append(&one->out, body.data, body.length);
}

static int proceed(connection *one) {
    forget(one);
    if (one->chunks)
        stream_on(one, now_ns());
    else
        answer_whole(one);
    return flush(one);
}

static unsigned long number_after(const buffer *in, const char *words) {
    char *found = memmem(in->data, in->length, words, strlen(words));
    return found ? strtoul(found + strlen(words), NULL, 10) : 0;
}

static int asks_for_usage(const char *body, size_t length) {
    char *found = memmem(body, length, "\"include_usage\"", 15);
    if (!found)
        return 0;
    for (found += 15; *found == ' ' || *found == ':'; found++)
        ;
    return *found == 't';
}

static int begin(connection *one, const char *body, size_t length) {
    const char *told = memmem(body, length, "call=", 5);
    if (!told || (size_t)(body + length - told) < 64) {
        TEXT(&one->out, "HTTP/1.1 422 Unprocessable\r\ncontent-length: 0\r\n\r\n");
        return flush(one);
    }
    memcpy(one->id, told + 5, ID);
    one->serial = strtoull(one->id, NULL, 10);
    one->chunks = (unsigned)strtoul(strstr(told, "chunks=") + 7, NULL, 10);
    one->gap_ns = strtoull(strstr(told, "gap=") + 4, NULL, 10) * 1000;
    one->number = 0;
    one->wants_usage = asks_for_usage(body, length);
    if (!one->chunks && one->gap_ns) {
        call_at(one, now_ns() + one->gap_ns);
        return 1;
    }
    one->due_ns = now_ns();
    return proceed(one);
}

/* Read all complete requests; 0 when the connection is gone. A caller asks again when it has been answered. */
static int take(connection *one) {
    while (one->in.length) {
        if (!one->request) {
            char *end = memmem(one->in.data, one->in.length, "\r\n\r\n", 4);
            if (!end)
                return 1;
            for (char *at = one->in.data; at < end; at++)
                if (*at >= 'A' && *at <= 'Z')
                    *at = (char)(*at | 32);
            one->request = (size_t)(end - one->in.data) + 4 + number_after(&one->in, "\r\ncontent-length:");
        }
        if (one->in.length < one->request)
            return 1;
        reserve(&one->in, 1);
        one->in.data[one->in.length] = 0;
        char *body = (char *)memmem(one->in.data, one->in.length, "\r\n\r\n", 4) + 4;
        if (!begin(one, body, one->request - (size_t)(body - one->in.data)))
            return 0;
        consume(&one->in, one->request);
        one->request = 0;
    }
    return 1;
}

static int receive(connection *one) {
    for (;;) {
        reserve(&one->in, ROOM);
        ssize_t came = recv(one->fd, one->in.data + one->in.length, ROOM, 0);
        if (came < 0)
            return errno == EAGAIN;
        if (came == 0)
            return 0;
        one->in.length += (size_t)came;
        if (!take(one))
            return 0;
        if (came < ROOM)
            return 1;
    }
}

static void welcome(int listening) {
    int fd;
    while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        connection *one = calloc(1, sizeof *one);
        if (!one)
            fail("calloc");
        one->fd = fd;
        no_delay(fd);
        watch(poll_fd, EPOLL_CTL_ADD, fd, EPOLLIN, one);
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = loopback(port);
    socklen_t length = sizeof address;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 4096) < 0)
        fail("listen");
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void handle(connection *one, uint32_t what) {
    int is_there = 1;
    if (what & EPOLLOUT) {
        watch(poll_fd, EPOLL_CTL_MOD, one->fd, EPOLLIN, one);
        is_there = flush(one);
    }
    if (is_there && what & (EPOLLIN | EPOLLHUP | EPOLLERR))
        is_there = receive(one);
    if (!is_there)
        drop(one);
}

int main(int count, char **arguments) {
    struct epoll_event events[EVENTS];
    set_up();
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    int listening = listen_on(count > 1 ? atoi(arguments[1]) : 0);
    watch(poll_fd, EPOLL_CTL_ADD, listening, EPOLLIN, NULL);
    for (;;) {
        int ready = wait_for(poll_fd, events, EVENTS, waiting ? heap[0]->due_ns : now_ns() + 1000000000ull);
        for (int at = 0; at < ready; at++) {
            if (events[at].data.ptr)
                handle(events[at].data.ptr, events[at].events);
            else
                welcome(listening);
        }
        for (uint64_t now = now_ns(); waiting && heap[0]->due_ns <= now;) {
            connection *one = heap[0];
            if (!proceed(one))
                drop(one);
        }
    }
}
