#include "engine/cluster/logincommand.h"

#include "engine/cluster/kubeconfig.h"

#include <QHash>
#include <QStringList>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

// Words as a POSIX shell splits them: QProcess::splitCommand knows no single quotes.
QStringList shellWords(const QString& line)
{
    QStringList words;
    QString word;
    QChar quote;
    bool inWord = false;
    for (qsizetype at = 0; at < line.size(); ++at) {
        const QChar c = line[at];
        if (!quote.isNull()) {
            if (c == quote)
                quote = QChar();
            else if (c == u'\\' && quote == u'"' && at + 1 < line.size())
                word += line[++at];
            else
                word += c;
        } else if (c == u'\'' || c == u'"') {
            quote = c;
            inWord = true;
        } else if (c == u'\\' && at + 1 < line.size()) {
            ++at;
            // A line continued with a backslash.
            if (line[at] != u'\n') {
                word += line[at];
                inWord = true;
            }
        } else if (c.isSpace()) {
            if (inWord)
                words.append(word);
            word.clear();
            inWord = false;
        } else {
            word += c;
            inWord = true;
        }
    }
    if (inWord)
        words.append(word);
    return words;
}

} // namespace

Result<LoginCommand> parseLoginCommand(const QString& line)
{
    const QString hint =
        u"Nothing was changed. Paste the whole line that “Copy login command” shows in the console: oc login --token=… --server=https://…"_s;
    QStringList words = shellWords(line.left(16 * 1024LL));
    if (!words.isEmpty() && (words[0] == u"$" || words[0] == u"#"))
        words.removeFirst();
    if (words.size() < 2 || !(words[0] == u"oc" || words[0].endsWith(u"/oc") || words[0] == u"oc.exe") ||
        words[1] != u"login")
        return fail(ErrorCode::BadInput, u"This is not an “oc login” command."_s, hint);
    static const QHash<QString, QString> longNames{
        {u"-u"_s, u"--username"_s}, {u"-p"_s, u"--password"_s}, {u"-s"_s, u"--server"_s}};
    LoginCommand command;
    QString server;
    for (qsizetype at = 2; at < words.size(); ++at) {
        if (!words[at].startsWith(u'-')) {
            server = words[at];
            continue;
        }
        const qsizetype equals = words[at].indexOf(u'=');
        QString flag = words[at].left(equals < 0 ? words[at].size() : equals);
        flag = longNames.value(flag, flag);
        if (flag == u"--insecure-skip-tls-verify") {
            if (equals < 0 || words[at].mid(equals + 1) == u"true")
                return fail(
                    ErrorCode::Unsupported, u"The line turns certificate checks off, which is not done here."_s,
                    u"Nothing was changed. Leave that option out: an unknown certificate is shown, and can be trusted by its fingerprint."_s);
            continue;
        }
        if (flag != u"--token" && flag != u"--server" && flag != u"--username" && flag != u"--password" &&
            flag != u"--certificate-authority")
            // Behind the letter of a short option may stand its value.
            return fail(ErrorCode::BadInput,
                        u"The option “%1” of this line is not known here."_s.arg(
                            flag.left(flag.startsWith(u"--") ? 40 : 2)),
                        hint);
        if (equals < 0 && at + 1 == words.size())
            return fail(ErrorCode::BadInput, u"The option “%1” of this line has no value."_s.arg(flag), hint);
        const QString value = equals < 0 ? words[++at] : words[at].mid(equals + 1);
        if (flag == u"--token")
            command.token = Secret(value.toUtf8());
        else if (flag == u"--server")
            server = value;
        else if (flag == u"--username")
            command.user = value;
        else if (flag == u"--password")
            command.password = Secret(value.toUtf8());
        else
            command.caFile = value;
    }
    if (server.isEmpty())
        return fail(ErrorCode::BadInput, u"The line names no server."_s, hint);
    if (command.token.isEmpty() && command.user.isEmpty())
        return fail(ErrorCode::BadInput, u"The line has neither a token nor a user."_s, hint);
    if (!command.token.isEmpty() && !command.user.isEmpty())
        return fail(ErrorCode::BadInput, u"The line has both a token and a user: “oc” takes one of them."_s, hint);
    const auto checked =
        checkedServer(QUrl(server.contains(u"://") ? server : u"https://"_s + server, QUrl::StrictMode));
    if (!checked)
        return fail(checked.error());
    command.server = *checked;
    return command;
}

} // namespace scalekeep::cluster
