/* A quick start for the sandbox's `oc`: hands its arguments, environment and standard streams to the process that has the program loaded
 * (client/ready.py), passes signals on and ends as the program ended. Without such a process it becomes the program itself.
 * For tests that call `oc` ten thousands of times: 2 ms instead of 45. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;
static int channel = -1;

static void forward(int number)
{
    const int before = errno;
    const char byte = (char)number;
    (void)!write(channel, &byte, 1);
    errno = before;
}

static void itself(char** argv)
{
    execv(SANDBOX_OC, argv);
    perror(SANDBOX_OC);
    exit(127);
}

static size_t put(char* to, size_t at, char** strings)
{
    for (; *strings; ++strings) {
        const size_t length = strlen(*strings) + 1;
        if (to)
            memcpy(to + at, *strings, length);
        at += length;
    }
    return at;
}

int main(int argc, char** argv)
{
    (void)argc;
    const char* home = getenv("SCALEKEEP_SANDBOX_HOME");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!home || snprintf(address.sun_path, sizeof address.sun_path, "%s/oc.sock", home) >= (int)sizeof address.sun_path)
        itself(argv);
    channel = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (channel < 0 || connect(channel, (struct sockaddr*)&address, sizeof address) != 0)
        itself(argv);

    /* Lengths of the arguments and of the environment, the parent, then the strings and the working directory, each ended by NUL. */
    char folder[4096];
    if (!getcwd(folder, sizeof folder))
        strcpy(folder, "/");
    const size_t arguments = put(NULL, 0, argv), variables = put(NULL, 0, environ);
    const uint32_t head[4] = {(uint32_t)arguments, (uint32_t)variables, (uint32_t)getppid(), (uint32_t)strlen(folder)};
    const size_t total = sizeof head + arguments + variables + strlen(folder);
    char* message = malloc(total);
    if (!message)
        itself(argv);
    memcpy(message, head, sizeof head);
    size_t at = put(message, sizeof head, argv);
    at = put(message, at, environ);
    memcpy(message + at, folder, strlen(folder));

    char control[CMSG_SPACE(3 * sizeof(int))] = {0};
    struct iovec part = {.iov_base = message, .iov_len = total};
    struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr* descriptors = CMSG_FIRSTHDR(&packet);
    descriptors->cmsg_level = SOL_SOCKET;
    descriptors->cmsg_type = SCM_RIGHTS;
    descriptors->cmsg_len = CMSG_LEN(3 * sizeof(int));
    const int streams[3] = {0, 1, 2};
    memcpy(CMSG_DATA(descriptors), streams, sizeof streams);
    const struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    ssize_t sent = sendmsg(channel, &packet, MSG_NOSIGNAL);
    if (sent <= 0)
        itself(argv);
    for (size_t done = (size_t)sent; done < total; done += (size_t)sent) {
        sent = write(channel, message + done, total - done);
        if (sent <= 0)
            return 127;
    }
    /* What is written to a pipe must end with the program, not with this one. */
    close(0);
    close(1);
    close(2);
    int32_t status = 0;
    size_t have = 0;
    while (have < sizeof status) {
        const ssize_t got = read(channel, (char*)&status + have, sizeof status - have);
        if (got == 0)
            return 127;
        if (got > 0)
            have += (size_t)got;
        else if (errno != EINTR)
            return 127;
    }
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
        pause();
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}
