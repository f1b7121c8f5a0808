#include "app/cli/program.h"

#include <QFileInfo>

#include <cstdio>
#include <termios.h>
#include <unistd.h>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.option(u"name"_s, u"Your name for the cluster."_s, u"NAME"_s);
    arguments.option(u"server"_s, u"API server, as in `oc login`: https://api.example.com:6443"_s, u"URL"_s);
    arguments.option(u"token-stdin"_s, u"Read a token from standard input."_s);
    arguments.option(u"user"_s, u"Log in as this user, with a password."_s, u"USER"_s);
    arguments.option(u"password-stdin"_s, u"Read the password from standard input."_s);
    arguments.option(u"ca"_s, u"Certificate authority that signed the server's certificate."_s, u"FILE"_s);
    arguments.option(u"trust"_s, u"SHA-256 fingerprint of the server's certificate."_s, u"SHA256"_s);
    arguments.option(u"store-token"_s, u"Keep the login in the state folder; without it: in the keychain, or until the session ends."_s);
    arguments.option(u"kubeconfig"_s, u"Take the login from this kubeconfig, which is only read."_s, u"FILE"_s);
    arguments.option(u"context"_s, u"Context of the kubeconfig; without it: its current one."_s, u"CONTEXT"_s);
}

/// One line; only its end is removed, for a password may begin or end with spaces. Typed on a terminal it is not shown.
Secret readSecret(const char* prompt)
{
    const bool terminal = ::isatty(STDIN_FILENO) == 1;
    termios before{};
    if (terminal) {
        std::fputs(prompt, stderr);
        ::tcgetattr(STDIN_FILENO, &before);
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &silent);
    }
    QByteArray line;
    char byte = 0;
    constexpr qsizetype limit = 64 * 1024;
    while (line.size() < limit && ::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
        line.append(byte);
    if (terminal) {
        ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
        std::fputc('\n', stderr);
    }
    if (line.endsWith('\r'))
        line.chop(1);
    return Secret(line);
}

int run(Program& program, const Arguments& arguments)
{
    const auto usage = [&program](const QString& message) { return program.console.error({ErrorCode::Usage, message, {}, u"See scalekeep-cli login --help."_s}); };
    const QString name = arguments.value(u"name"_s);
    if (name.isEmpty() || name.contains(u'/'))
        return usage(u"--name gives the cluster a name without a slash."_s);
    const bool store = arguments.isSet(u"store-token"_s);
    const cluster::Trust trust{arguments.value(u"ca"_s), arguments.value(u"trust"_s)};
    if (!trust.caFile.isEmpty() && !trust.fingerprint.isEmpty())
        return usage(u"--ca and --trust exclude each other."_s);

    Result<cluster::Cluster> cluster;
    if (arguments.isSet(u"kubeconfig"_s)) {
        if (arguments.isSet(u"server"_s) || arguments.isSet(u"token-stdin"_s) || arguments.isSet(u"user"_s))
            return usage(u"--kubeconfig brings server and login with it: --server, --token-stdin and --user do not go with it."_s);
        cluster = program.logins.importKubeconfig(name, arguments.value(u"kubeconfig"_s), arguments.value(u"context"_s), store);
    } else {
        const QUrl server(arguments.value(u"server"_s), QUrl::StrictMode);
        if (!arguments.isSet(u"server"_s) || !server.isValid() || server.host().isEmpty())
            return usage(u"--server needs the URL of the API server, such as https://api.example.com:6443."_s);
        if (arguments.isSet(u"token-stdin"_s) == arguments.isSet(u"user"_s))
            return usage(u"Log in either with --token-stdin or with --user and --password-stdin."_s);
        if (arguments.isSet(u"user"_s) && !arguments.isSet(u"password-stdin"_s))
            return usage(u"--user needs --password-stdin: a password does not belong on a command line."_s);
        const Secret secret = readSecret(arguments.isSet(u"user"_s) ? "Password: " : "Token: ");
        if (secret.isEmpty())
            return usage(u"Standard input held nothing."_s);
        program.redactor.add(secret);
        cluster = arguments.isSet(u"user"_s) ? program.logins.loginWithPassword(name, server, arguments.value(u"user"_s), secret, trust, store) : program.logins.loginWithToken(name, server, secret, trust, store);
    }
    if (!cluster)
        return program.console.error(cluster.error());
    program.console.object({{u"type"_s, u"cluster"_s}, {u"name"_s, cluster->name}, {u"server"_s, cluster->server.toString()}, {u"user"_s, cluster->user}, {u"kept"_s, cluster->tokenStore},
                            {u"expires"_s, cluster->tokenExpires.toString(Qt::ISODate)}});
    program.console.line(u"Logged in to %1 (%2) as %3; the login is kept in the %4%5."_s.arg(cluster->name, cluster->server.toString(), cluster->user,
                                                                                            cluster->tokenStore == u"keychain" ? u"keychain"_s : cluster->tokenStore == u"state" ? u"state folder"_s : u"runtime folder until logout"_s,
                                                                                            cluster->tokenExpires.isValid() ? u" and ends at %1"_s.arg(cluster->tokenExpires.toString(Qt::ISODate)) : QString{}));
    return Done;
}
} // namespace

const Command loginCommand{"login", "Log in to a cluster and remember it under a name.", declare, run};

} // namespace scalekeep::cli
