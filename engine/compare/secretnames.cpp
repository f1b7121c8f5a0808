#include "engine/compare/secretnames.h"

#include <QRegularExpression>
#include <QStringList>

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
// Where a name holds the identity of something secret but is none itself, it is masked all the same: that costs a look into the database, the other
// way round costs a password.
const QRegularExpression& secretWords()
{
    static const QRegularExpression words(u"passw|passphrase|passwd|\\bpwd\\b|secret|token|credential|salt|_digest$|(^|[_.-])(api_?|user_?|app_?|provider_?|verification_?|master_?|session_?|private_?|access_?|encryption_?|signing_?)?keys?$"
                                          "|private|authentication_value|activation_code|\\botp\\b|dockerconfigjson|htpasswd|auth$"_s,
                                          QRegularExpression::CaseInsensitiveOption);
    return words;
}

// Words of Kubernetes that only say where a secret lies.
bool isReference(const QString& name)
{
    static const QStringList words{u"secretKeyRef"_s, u"secretRef"_s, u"secretName"_s, u"imagePullSecrets"_s, u"secrets"_s, u"secret"_s, u"serviceAccountToken"_s, u"automountServiceAccountToken"_s, u"key"_s, u"name"_s};
    return words.contains(name);
}

// Everything behind the name on the line, or in the quotes.
QString maskedJson(const QString& line)
{
    static const QRegularExpression member(u"\"((?:[^\"\\\\]|\\\\.){1,120})\"(\\s*[:=]>?\\s*)\"((?:[^\"\\\\]|\\\\.)+)\""_s);
    QString text;
    qsizetype last = 0;
    for (auto matches = member.globalMatch(line); matches.hasNext();) {
        const auto match = matches.next();
        if (!isSecretName(match.captured(1)))
            continue;
        text += line.mid(last, match.capturedStart(3) - last) + Mask;
        last = match.capturedEnd(3);
    }
    return last == 0 ? line : text + line.mid(last);
}

QString maskedUrls(QString line)
{
    static const QRegularExpression credentials(u"([a-zA-Z][a-zA-Z0-9+.-]{0,30}://)([^\\s/@\"']*:)?[^\\s/\"']*@"_s);
    return line.contains("://"_L1) ? line.replace(credentials, u"\\1\\2%1@"_s.arg(Mask)) : line;
}
} // namespace

bool isSecretName(const QString& name)
{
    // "system_url" would be no secret, but BACKEND_REDIS_STORAGE_URL carries a password; credentials are cut out of URLs anyway, so those stay readable.
    if (name.endsWith("url"_L1, Qt::CaseInsensitive))
        return false;
    return secretWords().match(name).hasMatch();
}

bool isSecretColumn(const QString& table, const QString& column)
{
    const bool holder = isSecretName(table) || table.endsWith("_keys"_L1) || table.contains("token"_L1);
    return isSecretName(column) || (holder && (column == "value"_L1 || column == "content"_L1));
}

QString maskedKey(const QString& key)
{
    // Redis separates by ':' and '/': "provider_key:abc/ids". What belongs to a value may hold a colon, so it ends at the slash.
    static const QRegularExpression named(u"(^|[/:])([A-Za-z_]*?(?:key|token|secret|password))(:)([^/]+)"_s, QRegularExpression::CaseInsensitiveOption);
    QString text = key;
    return text.replace(named, u"\\1\\2\\3%1"_s.arg(Mask));
}

QString maskedText(const QString& text)
{
    static const QRegularExpression yaml(u"^(\\s*(?:- )?[:\"']?([A-Za-z0-9_.-]{1,120})[\"']?\\s*[:=]\\s+|\\s*(?:- )?([A-Za-z0-9_.-]{1,120})=)(.*)$"_s);
    QStringList lines = text.split(u'\n');
    bool inKey = false;         // between BEGIN and END of a private key
    qsizetype below = -1;       // deeper lines belong to a secret name
    QString named;              // of a `name: X` whose value stands in the next line
    for (QString& line : lines) {
        const qsizetype indent = static_cast<qsizetype>(std::find_if(line.cbegin(), line.cend(), [](QChar c) { return c != u' '; }) - line.cbegin());
        if (line.contains("-----BEGIN "_L1) && line.contains("PRIVATE KEY"_L1)) {
            inKey = !line.contains("-----END "_L1);
            line = line.left(line.indexOf("-----BEGIN "_L1)) + Mask;
            continue;
        }
        if (inKey) {
            inKey = !line.contains("-----END "_L1);
            line = line.left(indent) + Mask;
            continue;
        }
        // A list of the old and the new value stands as deep as its name in YAML: "crypted_password:" above "- abc".
        const bool item = indent == below && QStringView(line).sliced(indent).startsWith("- "_L1);
        if (below >= 0 && !line.trimmed().isEmpty() && (indent > below || item)) {
            line = line.left(indent) + (item ? u"- "_s : QString()) + Mask;
            continue;
        }
        below = -1;
        const auto match = yaml.match(line);
        if (match.hasMatch()) {
            const QString name = match.captured(2).isEmpty() ? match.captured(3) : match.captured(2);
            const QString rest = match.captured(4).trimmed();
            if (isSecretName(name) && !isReference(name)) {
                const bool deeper = rest.isEmpty() || rest.startsWith(u'|') || rest.startsWith(u'>');
                if (!deeper)
                    line = match.captured(1) + Mask;
                below = indent;
                named.clear();
                continue;
            }
            if (name == "value"_L1 && !named.isEmpty()) {
                line = match.captured(1) + Mask;
                below = indent;
            }
            if (name == "name"_L1)
                named = isSecretName(rest) ? rest : QString();
            else
                named.clear();
        } else {
            // "crypted_password:" alone, as the line of YAML that begins a list
            static const QRegularExpression alone(u"^\\s*(?:- )?[:\"']?([A-Za-z0-9_.-]{1,120})[\"']?:$"_s);
            const auto begins = alone.match(line);
            if (begins.hasMatch() && isSecretName(begins.captured(1)) && !isReference(begins.captured(1)))
                below = indent;
            named.clear();
        }
        line = maskedUrls(maskedJson(line));
    }
    return lines.join(u'\n');
}

} // namespace scalekeep::compare
