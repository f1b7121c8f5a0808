#include "engine/run/redaction.h"

#include <QRegularExpression>
#include <QUrl>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype shortestSecret = 8;

bool soundsSecret(const QString& name)
{
    static const QRegularExpression words(u"pass|secret|token|key|credential|pwd"_s, QRegularExpression::CaseInsensitiveOption);
    return words.match(name).hasMatch();
}

/// Only the credentials of a URL are secret; host and path appear in every text.
bool learnUrl(Redactor& redactor, const QByteArray& value)
{
    static const QRegularExpression url(u"^[a-z][a-z0-9+.-]*://"_s);
    const QString text = QString::fromUtf8(value);
    if (!url.match(text).hasMatch())
        return false;
    // Not QUrl: passwords with @, / or % that nobody encoded are what breaks parsers. The last @ ends the credentials.
    const qsizetype start = text.indexOf(u"://"_s) + 3, at = text.lastIndexOf(u'@');
    if (at > start) {
        const QString credentials = text.mid(start, at - start);
        const QString password = credentials.section(u':', 1);
        if (password.size() >= 4) {
            redactor.add(password.toUtf8());
            redactor.add(QUrl::fromPercentEncoding(password.toUtf8()).toUtf8());
        }
    }
    return true;
}

void learnValue(Redactor& redactor, const QByteArray& value, bool surelySecret)
{
    if (learnUrl(redactor, value))
        return;
    static const QRegularExpression plainName(u"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"_s);
    if (value.size() < shortestSecret && !(surelySecret && value.size() >= 4))
        return;
    // Host names, object names, words: "system-mysql", "threescale.apps.example.com".
    const QString text = QString::fromUtf8(value);
    if (!surelySecret && value.size() < 64 && plainName.match(text).hasMatch() && !text.contains(QRegularExpression(u"\\d.*[a-z].*\\d|[a-z]\\d[a-z]"_s)))
        return;
    redactor.add(value);
}
} // namespace

void learnSecrets(Redactor& redactor, const QJsonArray& objects)
{
    for (const QJsonValue& object : objects) {
        const QString kind = object[u"kind"].toString();
        if (kind == u"Secret") {
            const QJsonObject data = object[u"data"].toObject();
            for (auto entry = data.begin(); entry != data.end(); ++entry)
                learnValue(redactor, QByteArray::fromBase64(entry.value().toString().toLatin1()), soundsSecret(entry.key()));
        } else if (kind == u"ConfigMap") {
            const QJsonObject data = object[u"data"].toObject();
            for (auto entry = data.begin(); entry != data.end(); ++entry) {
                if (soundsSecret(entry.key()) && entry.value().toString().size() < 4096)
                    learnValue(redactor, entry.value().toString().toUtf8(), true);
                else
                    learnUrl(redactor, entry.value().toString().toUtf8());
            }
        } else if (kind == u"Route") {
            const QString key = object[u"spec"][u"tls"][u"key"].toString();
            if (!key.isEmpty())
                redactor.add(key.toUtf8());
        }
        for (const QString& list : {u"containers"_s, u"initContainers"_s}) {
            for (const QJsonValue& container : object[u"spec"][u"template"][u"spec"][list].toArray()) {
                for (const QJsonValue& variable : container[u"env"].toArray()) {
                    const QByteArray value = variable[u"value"].toString().toUtf8();
                    if (!learnUrl(redactor, value) && soundsSecret(variable[u"name"].toString()))
                        learnValue(redactor, value, true);
                }
            }
        }
    }
}

void learnSecrets(Redactor& redactor, const oc::Client& client)
{
    for (const QStringList& kinds : {QStringList{u"secrets"_s}, QStringList{u"configmaps"_s, u"routes.route.openshift.io"_s, u"deploymentconfigs.apps.openshift.io"_s, u"deployments.apps"_s}}) {
        if (const auto listing = client.list(kinds))
            learnSecrets(redactor, listing->items);
    }
}

QJsonValue redacted(const Redactor& redactor, const QJsonValue& value)
{
    if (value.isString())
        return redactor.redact(value.toString());
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue& item : value.toArray())
            array.append(redacted(redactor, item));
        return array;
    }
    if (value.isObject()) {
        QJsonObject object;
        const QJsonObject from = value.toObject();
        for (auto entry = from.begin(); entry != from.end(); ++entry)
            object.insert(redactor.redact(entry.key()), redacted(redactor, entry.value()));
        return object;
    }
    return value;
}

} // namespace scalekeep::run
