#include "engine/run/redaction.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;

namespace {
QJsonObject secret(const QString& name, const QMap<QString, QByteArray>& values)
{
    QJsonObject data;
    for (auto value = values.begin(); value != values.end(); ++value)
        data.insert(value.key(), QString::fromLatin1(value.value().toBase64()));
    return {{u"kind"_s, u"Secret"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, name}}}, {u"data"_s, data}};
}

QJsonObject workload(const QJsonArray& environment, const QString& list = u"containers"_s)
{
    return {{u"kind"_s, u"DeploymentConfig"_s},
            {u"spec"_s, QJsonObject{{u"template"_s, QJsonObject{{u"spec"_s, QJsonObject{{list, QJsonArray{QJsonObject{{u"name"_s, u"x"_s}, {u"env"_s, environment}}}}}}}}}}};
}

const QByteArray routeKey = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nu2nTzD4kQ9uRkWc0bH3yA7pXf1Lq8sVe\n-----END PRIVATE KEY-----\n";

/// A namespace as 3scale 2.7 and its operator leave it.
const QJsonArray objects{
    secret(u"system-database"_s, {{u"URL"_s, "mysql2://root:r00t@p/w:x@system-mysql/system"}, {u"DB_USER"_s, "mysql"}, {u"DB_PASSWORD"_s, "w0mbat"}}),
    secret(u"system-seed"_s, {{u"ADMIN_USER"_s, "admin"}, {u"ADMIN_PASSWORD"_s, "letmein"}, {u"ADMIN_ACCESS_TOKEN"_s, "dx3q9vj2rhk1tz80"}, {u"MASTER_DOMAIN"_s, "master"}, {u"MASTER_USER"_s, "master"},
                              {u"TENANT_NAME"_s, "3scale"}, {u"ADMIN_EMAIL"_s, ""}, {u"MASTER_PASSWORD"_s, "p\"q\\r$s"}}),
    secret(u"system-redis"_s, {{u"URL"_s, "redis://system-redis:6379/1"}, {u"NAMESPACE"_s, ""}, {u"SENTINEL_HOSTS"_s, "system-redis.example.com"}}),
    secret(u"backend-redis"_s, {{u"REDIS_STORAGE_URL"_s, "redis://:hunter22@backend-redis:6379/0"}, {u"REDIS_QUEUES_URL"_s, "redis://backend-redis:6379/1"}}),
    secret(u"backend-internal-api"_s, {{u"username"_s, "3scale_api_user"}, {u"password"_s, "b4ckend!pw"}}),
    secret(u"zync"_s, {{u"DATABASE_URL"_s, "postgresql://zync:z%21nc%2Fpass@zync-database:5432/zync_production"}, {u"SECRET_KEY_BASE"_s, "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}}),
    secret(u"apicast-token"_s, {{u"value"_s, "a1b2c3d4e5f60718"}}),
    QJsonObject{{u"kind"_s, u"ConfigMap"_s},
                {u"metadata"_s, QJsonObject{{u"name"_s, u"smtp"_s}}},
                {u"data"_s, QJsonObject{{u"address"_s, u"smtp.example.com"_s}, {u"username"_s, u"mailer"_s}, {u"password"_s, u"mail4u"_s}, {u"port"_s, u"587"_s}}}},
    QJsonObject{{u"kind"_s, u"Route"_s}, {u"spec"_s, QJsonObject{{u"host"_s, u"api.example.com"_s}, {u"tls"_s, QJsonObject{{u"key"_s, QString::fromUtf8(routeKey)}}}}}},
    workload({QJsonObject{{u"name"_s, u"MYSQL_ROOT_PASSWORD"_s}, {u"value"_s, u"lit3ral-root"_s}}, QJsonObject{{u"name"_s, u"MYSQL_DATABASE"_s}, {u"value"_s, u"system"_s}},
              QJsonObject{{u"name"_s, u"PROXY"_s}, {u"value"_s, u"http://web:pr0xy99@proxy.example.com:3128"_s}}}),
    workload({QJsonObject{{u"name"_s, u"INIT_TOKEN"_s}, {u"value"_s, u"init-only-token"_s}}}, u"initContainers"_s)};
} // namespace

class TestRedaction : public QObject {
    Q_OBJECT

    Redactor m_redactor;

private Q_SLOTS:
    void initTestCase() { learnSecrets(m_redactor, objects); }

    void hidden_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::newRow("password in a URL, not encoded") << QByteArray("r00t@p/w:x");
        QTest::newRow("the whole URL") << QByteArray("r00t@p/w:x@system-mysql/system");
        QTest::newRow("short password") << QByteArray("w0mbat");
        QTest::newRow("a password that is a word") << QByteArray("letmein");
        QTest::newRow("token") << QByteArray("dx3q9vj2rhk1tz80");
        QTest::newRow("awkward signs") << QByteArray("p\"q\\r$s");
        QTest::newRow("awkward signs in JSON") << QByteArray("p\\\"q\\\\r$s");
        QTest::newRow("Redis URL without a user") << QByteArray("hunter22");
        QTest::newRow("password key") << QByteArray("b4ckend!pw");
        QTest::newRow("encoded in a URL") << QByteArray("z%21nc%2Fpass");
        QTest::newRow("and decoded") << QByteArray("z!nc/pass");
        QTest::newRow("key base") << QByteArray("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
        QTest::newRow("in base64") << QByteArray("0f1e2d3c4b5a69788796a5b4c3d2e1f0").toBase64();
        QTest::newRow("a secret whose key says nothing") << QByteArray("a1b2c3d4e5f60718");
        QTest::newRow("ConfigMap smtp") << QByteArray("mail4u");
        QTest::newRow("environment") << QByteArray("lit3ral-root");
        QTest::newRow("credentials in an environment's URL") << QByteArray("pr0xy99");
        QTest::newRow("init container") << QByteArray("init-only-token");
        QTest::newRow("private key") << routeKey;
        QTest::newRow("a line of it") << QByteArray("u2nTzD4kQ9uRkWc0bH3yA7pXf1Lq8sVe");
    }
    void hidden()
    {
        QFETCH(QByteArray, value);
        QVERIFY(m_redactor.contains(value));
        const QByteArray text = m_redactor.redact("before " + value + " after");
        QVERIFY2(!text.contains(value), text.constData());
        QVERIFY2(text.startsWith("before ") && text.endsWith(" after"), text.constData());
    }

    void readable_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const QByteArray& text : QByteArrayList{"oc exec system-mysql-1-abcde -c system-mysql -- mysqldump -uroot system", "configmap/smtp smtp.example.com:587", "Route api.example.com is admitted", "admin@master of 3scale",
                                                     "redis://system-redis:6379/1", "postgresql://zync:…@zync-database:5432/zync_production", "proxy.example.com:3128", "system-redis.example.com", "-----BEGIN CERTIFICATE-----",
                                                     "scale dc/backend-redis --replicas=0"})
            QTest::newRow(text.constData()) << text;
    }
    void readable()
    {
        QFETCH(QByteArray, text);
        QCOMPARE(m_redactor.redact(text), text);
    }

    void nothingToLearn()
    {
        Redactor redactor;
        learnSecrets(redactor, QJsonArray{7, u"x"_s, QJsonObject{{u"kind"_s, u"Secret"_s}}, QJsonObject{{u"kind"_s, u"Secret"_s}, {u"data"_s, u"x"_s}}, secret(u"empty"_s, {{u"password"_s, ""}, {u"token"_s, "abc"}})});
        QCOMPARE(redactor.redact(QByteArray("abc token password")), "abc token password");
    }
};

QTEST_GUILESS_MAIN(TestRedaction)
#include "tst_redaction.moc"
