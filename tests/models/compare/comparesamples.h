#pragma once

#include "models/clusters/clusterhub.h"
#include "models/compare/comparesession.h"
#include "tests/models/bundles/samples.h"

/// Two backups of one installation with known edits between them.
namespace samples {

struct Row {
    int id;
    QByteArray name;
    int plan;
    QByteArray state, userKey;
};

inline QByteArray appsDump(const QList<Row>& rows, const QByteArray& trigger, int logEntries)
{
    QByteArray dump = "-- MySQL dump\n"
                      "CREATE TABLE `cinstances` (\n  `id` bigint(20) NOT NULL AUTO_INCREMENT,\n  `name` varchar(255) DEFAULT NULL,\n  `plan_id` bigint(20) DEFAULT NULL,\n  `state` varchar(255) DEFAULT NULL,\n"
                      "  `user_key` varchar(255) DEFAULT NULL,\n  `description` text,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8;\n";
    for (const Row& row : rows)
        dump += "INSERT INTO `cinstances` VALUES (" + QByteArray::number(row.id) + ",'" + row.name + "'," + QByteArray::number(row.plan) + ",'" + row.state + "','" + row.userKey + "',NULL);\n";
    dump += "CREATE TABLE `plans` (\n  `id` bigint(20) NOT NULL,\n  `title` varchar(255),\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\nINSERT INTO `plans` VALUES (96,'Free'),(104,'Basic'),(118,'Pro'),(121,'Unlimited');\n";
    dump += "CREATE TABLE `log_entries` (\n  `id` bigint(20) NOT NULL,\n  `message` varchar(255),\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\n";
    for (int i = 0; i < logEntries; ++i)
        dump += "INSERT INTO `log_entries` VALUES (" + QByteArray::number(i) + ",'call " + QByteArray::number(i) + "');\n";
    dump += "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER invoices BEFORE INSERT ON plans FOR EACH ROW BEGIN SET @a = '" + trigger + "'; END */;;\nDELIMITER ;\n";
    return dump + "\n-- Dump completed on 2020-01-01  0:00:00\n";
}

inline QByteArray hitsDump(int services, const QByteArray& hits)
{
    RdbWriter rdb(9);
    rdb.database(0);
    for (int i = 0; i < services; ++i)
        rdb.key(0, "stats/{service:" + QByteArray::number(i) + "}/hits", RdbWriter::string(hits));
    return rdb.finish();
}

inline const QByteArray rotatedSecret = "cm90YXRlZC12YWx1ZQ==";

inline QByteArray secretsOf(const QByteArray& password)
{
    return R"({"items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"system-recaptcha"},"type":"Opaque","data":{"PRIVATE_KEY":")" + password + R"(","PUBLIC_KEY":")" + secretValue + R"("}},
 {"apiVersion":"v1","kind":"Secret","metadata":{"name":"system-seed"},"type":"Opaque","data":{"MASTER_PASSWORD":")" + secretValue + R"("}}]})";
}

/// `version`: what the cluster counts up by itself.
inline QByteArray environmentOf(const QByteArray& ssl, const QByteArray& level, const QByteArray& version)
{
    return R"({"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"system-environment","resourceVersion":")" + version + R"("},"data":{"AMP_RELEASE":"2.7.1","FORCE_SSL":")" + ssl +
           R"(","PROVIDER_PLAN":"enterprise","RAILS_ENV":"production","RAILS_LOG_LEVEL":")" + level + R"(","RAILS_LOG_TO_STDOUT":"true","SSL_CERT_DIR":"/etc/pki/tls/certs","THREESCALE_SUPERDOMAIN":"apps.example"}},
 {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp","resourceVersion":")" + version + R"("},"data":{"address":"smtp.example"}}]})";
}

inline QByteArray tarOf(const QList<std::pair<QByteArray, QByteArray>>& files)
{
    QByteArray tar = tarHeader("./acme/", '5', 0);
    for (const auto& [name, data] : files)
        tar += tarFile(name, data);
    return tar + QByteArray(1024, '\0');
}

inline QList<Sample> streamsBefore()
{
    return {{u"system-mysql"_s, u"mysql"_s, u"dump.sql"_s, u"mysqldump"_s,
             appsDump({{7, "Unchanged", 96, "live", "key-7"}, {2041, "Billing app", 118, "live", "key-1"}, {2077, "Mobile iOS", 118, "live", "key-2"}, {2212, "Legacy sync", 96, "live", "key-3"}, {3870, "Store locator", 104, "pending", "key-4"}, {5103, "Test harness 2", 96, "suspended", "key-5"}}, "old", 20)},
            {u"backend-redis"_s, u"redis"_s, u"dump.rdb"_s, u"rdb"_s, hitsDump(5, "1")},
            {u"system-storage"_s, u"files"_s, u"files.tar"_s, u"tar"_s, tarOf({{"./acme/logo.png", logo}, {"./acme/logo-old.png", "old"}, {"./acme/page.html", "<html>\n<body>one</body>\n</html>\n"}})},
            {u"secrets"_s, u"objects"_s, u"objects.json"_s, u"json"_s, secretsOf(secretValue)},
            {u"configmaps"_s, u"objects"_s, u"objects.json"_s, u"json"_s, environmentOf("false", "info", "100")}};
}

/// Changed: 3 rows, a key of one of them, a trigger, a file, a secret, 2 lines of a ConfigMap, 5 Redis keys. Added: 2 rows, 12 files, 2 Redis keys.
/// Removed: 2 rows, 1 file.
inline QList<Sample> streamsAfter()
{
    QList<std::pair<QByteArray, QByteArray>> files{{"./acme/logo.png", logo}, {"./acme/page.html", "<html>\n<body>two</body>\n</html>\n"}};
    for (int i = 10; i < 22; ++i)
        files.append({"./acme/upload-" + QByteArray::number(i) + ".txt", "upload " + QByteArray::number(i)});
    return {{u"system-mysql"_s, u"mysql"_s, u"dump.sql"_s, u"mysqldump"_s,
             appsDump({{7, "Unchanged", 96, "live", "key-7"}, {2041, "Billing app", 121, "live", "key-1"}, {2077, "Mobile iOS", 118, "suspended", "key-9"}, {3870, "Store locator", 104, "live", "key-4"}, {9378, "Partner portal", 121, "live", "key-6"}, {9379, "Invoice export", 118, "live", "key-8"}}, "new", 20)},
            {u"backend-redis"_s, u"redis"_s, u"dump.rdb"_s, u"rdb"_s, hitsDump(7, "2")},
            {u"system-storage"_s, u"files"_s, u"files.tar"_s, u"tar"_s, tarOf(files)},
            {u"secrets"_s, u"objects"_s, u"objects.json"_s, u"json"_s, secretsOf(rotatedSecret)},
            {u"configmaps"_s, u"objects"_s, u"objects.json"_s, u"json"_s, environmentOf("true", "debug", "200")}};
}

/// Nothing but what clusters change by themselves.
inline QList<Sample> streamsUntouched()
{
    QList<Sample> streams = streamsBefore();
    streams[4].data = environmentOf("false", "info", "999");
    return streams;
}

inline const QDateTime before = QDateTime(QDate(2026, 1, 14), QTime(2, 0), Qt::UTC);
inline const QDateTime after = QDateTime(QDate(2026, 1, 15), QTime(10, 41, 7), Qt::UTC);

/// A place with the hub and the library that comparisons need, and with bundles "before" and "after".
struct ComparePlace : Place {
    models::ClusterHub hub{workplace};
    models::BundleLibrary library{workplace};

    ComparePlace()
    {
        writeBundle(path(u"before"_s), {.started = before}, streamsBefore());
        writeBundle(path(u"after"_s), {.started = after}, streamsAfter());
    }
    void list()
    {
        library.start();
        library.addFolder(folder);
        if (!settled(library))
            qFatal("the library does not settle");
    }
    [[nodiscard]] models::CompareSide sideOf(const QString& name) const { return {path(name), {}}; }
};

inline bool compared(const models::CompareSession& session)
{
    return QTest::qWaitFor([&session] { return session.state() == models::CompareSession::State::Done || session.state() == models::CompareSession::State::Failed; }, 30'000) && session.state() == models::CompareSession::State::Done;
}

} // namespace samples
