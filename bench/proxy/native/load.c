/* Load: calls to a gateway in front of the mock, from one thread; every answer is compared with what it must be.
 *
 * Closed loop: each connection asks again as soon as it is answered. With --rate the calls have appointed times, and a
 * call's time counts from its appointment even where it had to wait for a connection. Written are a record of 40 bytes
 * for each call (serial, start, first event, end as u64 of the monotonic clock; kind, outcome, status as u8, u8, u16,
 * and four bytes of nothing), the chunks' delays in microseconds (u32), and a summary as JSON.
 */
#include "answer.h"

enum { KINDS = 8, EVENTS = 256, ROOM = 262144, SAID = 300, REFUSED_PAUSE_MS = 20 };

typedef struct {
    unsigned weight, chunks, gap_us, size, asks_usage;
    buffer body;
    size_t text, text_length, call;
} kind;

typedef struct {
    uint64_t serial, start_ns, first_ns, end_ns;
    uint8_t kind, outcome;
    uint16_t status;
    uint32_t nothing;
} record;

typedef enum { IDLE, PAUSED, CONNECTING, SENDING, READING } phase;

typedef struct {
    int fd;
    phase phase;
    uint64_t start_ns, wake_ns;
    unsigned kind;
    size_t sent;
    buffer request;
    answer answer;
    expected call;
} connection;

static struct {
    int port, connections, is_exact;
    const char *path, *records, *delays;
    uint64_t calls, first;
    double seconds, rate, timeout_s, ramp_s;
    buffer headers;
    kind kinds[KINDS];
    unsigned kind_count, weights;
} asked = {.path = "/v1/chat/completions", .connections = 1, .calls = UINT64_MAX, .timeout_s = 60};

static connection *all;
static int poll_fd;
static uint64_t began_ns, issued, done, counts[6], refused;
static buffer records, delays;
static char said[SAID + 1];

static void parse_kind(const char *text) {
    kind *one = &asked.kinds[asked.kind_count++];
    if (sscanf(text, "%u:%u:%u:%u:%u", &one->weight, &one->chunks, &one->gap_us, &one->size, &one->asks_usage) != 5)
        fail("--kind weight:chunks:gap_us:size:asks_usage");
    asked.weights += one->weight;
    TEXT(&one->body, "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"call=");
    one->call = one->body.length;
    reserve(&one->body, 128);
    one->body.length += (size_t)sprintf(one->body.data + one->call, "%*s chunks=%04u gap=%07u ", ID, "", one->chunks,
                                        one->gap_us);
    const char *rest = !one->chunks      ? "\"}],\"temperature\":0.5}"
                       : one->asks_usage ? "\"}],\"stream\":true,\"stream_options\":{\"include_usage\":true}}"
                                         : "\"}],\"stream\":true}";
    one->text = one->body.length;
    one->text_length = one->size > one->text + strlen(rest) ? one->size - one->text - strlen(rest) : 0;
    reserve(&one->body, one->text_length);
    one->body.length += one->text_length;
    append(&one->body, rest, strlen(rest));
}

static unsigned kind_of(uint64_t serial) {
    unsigned at = 0, point = (unsigned)((serial * 2654435761ull >> 16) % asked.weights);
    while (point >= asked.kinds[at].weight)
        point -= asked.kinds[at++].weight;
    return at;
}

static void compose(connection *one, uint64_t serial) {
    kind *like = &asked.kinds[one->kind = kind_of(serial)];
    write_id(like->body.data + like->call, serial);
    write_text(like->body.data + like->text, serial, like->text_length);
    one->call = (expected){.is_exact = asked.is_exact,
                           .asks_usage = like->chunks ? (int)like->asks_usage : 0,
                           .chunks = like->chunks,
                           .serial = serial,
                           .delays_us = &delays};
    write_id(one->call.id, serial);
    one->request.length = one->sent = 0;
    reserve(&one->request, asked.headers.length + like->body.length + 512);
    one->request.length = (size_t)sprintf(one->request.data,
                                          "POST %s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
                                          "content-length: %zu\r\n",
                                          asked.path, asked.port, like->body.length);
    append(&one->request, asked.headers.data, asked.headers.length);
    TEXT(&one->request, "\r\n");
    append(&one->request, like->body.data, like->body.length);
}

static void disconnect(connection *one) {
    if (one->fd >= 0)
        close(one->fd);
    one->fd = -1;
}

static void finish(connection *one, outcome what, uint64_t now) {
    record taken = {one->call.serial, one->start_ns, one->call.first_ns,          now, (uint8_t)one->kind,
                    (uint8_t)what,    (uint16_t)one->answer.status, 0};
    append(&records, &taken, sizeof taken);
    if (what != GOOD && !said[0]) {
        size_t length = one->answer.body.length < SAID ? one->answer.body.length : SAID;
        for (size_t at = 0; at < length; at++)
            said[at] = strchr("\"\\", one->answer.body.data[at]) || one->answer.body.data[at] < ' '
                           ? '\''
                           : one->answer.body.data[at];
    }
    counts[what]++;
    done++;
    one->phase = IDLE;
    if (what != GOOD || one->answer.is_closing)
        disconnect(one);
}

static void transmit(connection *one, uint64_t now) {
    while (one->sent < one->request.length) {
        ssize_t sent = send(one->fd, one->request.data + one->sent, one->request.length - one->sent, 0);
        if (sent < 0 && errno == EAGAIN) {
            watch(poll_fd, EPOLL_CTL_MOD, one->fd, EPOLLIN | EPOLLOUT, one);
            return;
        }
        if (sent < 0) {
            finish(one, BROKEN, now);
            return;
        }
        one->sent += (size_t)sent;
    }
    one->phase = READING;
}

static void dial(connection *one) {
    struct sockaddr_in address = loopback(asked.port);
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (one->fd < 0)
        fail("socket");
    no_delay(one->fd);
    connect(one->fd, (struct sockaddr *)&address, sizeof address);
    one->phase = CONNECTING;
    watch(poll_fd, EPOLL_CTL_ADD, one->fd, EPOLLIN | EPOLLOUT, one);
}

static void begin(connection *one, uint64_t serial, uint64_t start_ns, uint64_t now) {
    compose(one, serial);
    start_over(&one->answer);
    one->start_ns = start_ns;
    if (one->fd < 0) {
        dial(one);
        return;
    }
    one->phase = SENDING;
    transmit(one, now);
}

/* Nobody listens: the call has not been made, and is tried again until its time is up. */
static void pause_for(connection *one, uint64_t now) {
    disconnect(one);
    refused++;
    one->phase = PAUSED;
    one->wake_ns = now + REFUSED_PAUSE_MS * 1000000ull;
}

static void connected(connection *one, uint64_t now) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) {
        pause_for(one, now);
        return;
    }
    watch(poll_fd, EPOLL_CTL_MOD, one->fd, EPOLLIN, one);
    one->phase = SENDING;
    transmit(one, now);
}

static void receive(connection *one) {
    static char room[ROOM];
    ssize_t came = recv(one->fd, room, ROOM, 0);
    uint64_t now = now_ns();
    if (came < 0 && errno == EAGAIN)
        return;
    if (one->phase == IDLE) {
        disconnect(one);
        return;
    }
    if (came > 0) {
        feed(&one->answer, room, (size_t)came);
        if (one->call.chunks && one->answer.status == 200)
            read_events(&one->call, &one->answer.body, now);
    }
    int is_whole = one->answer.state == COMPLETE || (came == 0 && one->answer.state == TO_THE_END);
    if (one->answer.state == NONSENSE)
        finish(one, WRONG, now);
    else if (is_whole)
        finish(one, one->answer.status != 200 ? STATUS : is_right(&one->call, &one->answer) ? GOOD : WRONG, now);
    else if (came <= 0)
        finish(one, BROKEN, now);
}

static void handle(connection *one, uint32_t what, uint64_t now) {
    if (one->phase == CONNECTING) {
        if (what & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            connected(one, now);
        return;
    }
    if (what & EPOLLOUT && one->fd >= 0) {
        watch(poll_fd, EPOLL_CTL_MOD, one->fd, EPOLLIN, one);
        if (one->phase == SENDING)
            transmit(one, now);
    }
    if (what & (EPOLLIN | EPOLLHUP | EPOLLERR) && one->fd >= 0)
        receive(one);
}

static uint64_t appointed(uint64_t number) {
    return asked.rate > 0 ? began_ns + (uint64_t)((double)number * 1e9 / asked.rate) : 0;
}

static int is_over(uint64_t now) {
    return issued >= asked.calls || (asked.seconds > 0 && now >= began_ns + (uint64_t)(asked.seconds * 1e9));
}

static uint64_t ramp_end(const connection *one) {
    return began_ns + (uint64_t)(asked.ramp_s * 1e9 * (double)(one - all) / asked.connections);
}

/* Give a connection its next calls, as far as they are due: one that fails at once is followed by another. */
static void give(connection *one, uint64_t now) {
    while (one->phase == IDLE && !is_over(now) && now >= ramp_end(one) && now >= appointed(issued)) {
        uint64_t serial = issued++;
        begin(one, asked.first + serial, asked.rate > 0 ? appointed(serial) : now_ns(), now);
    }
}

/* Wake and end those whose time has come; say when to look again. */
static uint64_t look(uint64_t now) {
    uint64_t next = now + 100000000ull;
    for (connection *one = all; one < all + asked.connections; one++) {
        if (one->phase == PAUSED && now >= one->wake_ns)
            dial(one);
        if (one->phase != IDLE && now > one->start_ns + (uint64_t)(asked.timeout_s * 1e9))
            finish(one, one->phase == PAUSED || one->phase == CONNECTING ? CONNECT : LATE, now);
        give(one, now);
        uint64_t due = one->phase == PAUSED ? one->wake_ns : one->phase == IDLE ? ramp_end(one) : 0;
        next = due > now && due < next ? due : next;
    }
    return appointed(issued) > now && appointed(issued) < next ? appointed(issued) : next;
}

static void read_arguments(int count, char **arguments) {
    static const struct option options[] = {
        {"port", 1, NULL, 'p'},    {"path", 1, NULL, 'u'},    {"header", 1, NULL, 'h'},  {"connections", 1, NULL, 'c'},
        {"calls", 1, NULL, 'n'},   {"seconds", 1, NULL, 's'}, {"rate", 1, NULL, 'r'},    {"first", 1, NULL, 'f'},
        {"kind", 1, NULL, 'k'},    {"exact", 0, NULL, 'x'},   {"timeout", 1, NULL, 't'}, {"ramp", 1, NULL, 'm'},
        {"records", 1, NULL, 'o'}, {"delays", 1, NULL, 'd'},  {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': asked.port = atoi(optarg); break;
        case 'u': asked.path = optarg; break;
        case 'h': append(&asked.headers, optarg, strlen(optarg)); TEXT(&asked.headers, "\r\n"); break;
        case 'c': asked.connections = atoi(optarg); break;
        case 'n': asked.calls = strtoull(optarg, NULL, 10); break;
        case 's': asked.seconds = atof(optarg); break;
        case 'r': asked.rate = atof(optarg); break;
        case 'f': asked.first = strtoull(optarg, NULL, 10); break;
        case 'k': parse_kind(optarg); break;
        case 'x': asked.is_exact = 1; break;
        case 't': asked.timeout_s = atof(optarg); break;
        case 'm': asked.ramp_s = atof(optarg); break;
        case 'o': asked.records = optarg; break;
        case 'd': asked.delays = optarg; break;
        default: exit(2);
        }
    }
    if (!asked.port || !asked.kind_count || (asked.calls == UINT64_MAX && asked.seconds <= 0))
        fail("--port, --kind, and --calls or --seconds are needed");
}

static void save(const char *path, const buffer *what) {
    if (!path)
        return;
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(what->data, 1, what->length, file) != what->length || fclose(file))
        fail(path);
}

int main(int count, char **arguments) {
    struct epoll_event events[EVENTS];
    set_up();
    read_arguments(count, arguments);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    all = calloc((size_t)asked.connections, sizeof *all);
    for (int at = 0; at < asked.connections; at++)
        all[at].fd = -1;
    began_ns = now_ns();
    for (uint64_t now = began_ns, next = look(now); done < issued || !is_over(now); now = now_ns()) {
        int ready = wait_for(poll_fd, events, EVENTS, next);
        now = now_ns();
        for (int at = 0; at < ready; at++) {
            handle(events[at].data.ptr, events[at].events, now);
            give(events[at].data.ptr, now);
        }
        if (now >= next)
            next = look(now);
    }
    save(asked.records, &records);
    save(asked.delays, &delays);
    printf("{\"began_ns\":%lu,\"ended_ns\":%lu,\"calls\":%lu,\"good\":%lu,\"unconnected\":%lu,\"broken\":%lu,"
           "\"status\":%lu,\"wrong\":%lu,\"late\":%lu,\"refused\":%lu,\"said\":\"%s\"}\n",
           began_ns, now_ns(), done, counts[GOOD], counts[CONNECT], counts[BROKEN], counts[STATUS], counts[WRONG],
           counts[LATE], refused, said);
    return 0;
}
