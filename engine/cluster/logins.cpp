#include "engine/cluster/login.h"

#include "engine/base/files.h"
#include "engine/cluster/api.h"
#include "engine/cluster/clusterfile.h"
#include "engine/cluster/kubeconfigstore.h"
#include "engine/cluster/oauth.h"

#include <QDir>
#include <QFile>

#include <algorithm>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

Trust trustOf(const Cluster& cluster)
{
    // With a fingerprint, caFile is the trusted certificate itself, for `oc`.
    return cluster.fingerprint.isEmpty() ? Trust{cluster.caFile, {}} : Trust{{}, cluster.fingerprint};
}

QByteArray pemOf(const QList<QSslCertificate>& certificates)
{
    QByteArray pem;
    for (const QSslCertificate& certificate : certificates)
        pem += certificate.toPem();
    return pem;
}

Result<void> useClientCertificate(Https& https, const Credential& credential)
{
    if (credential.clientCertificate.isEmpty())
        return {};
    const QSslCertificate certificate(credential.clientCertificate, QSsl::Pem);
    for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec}) {
        const QSslKey key(credential.clientKey.reveal(), algorithm, QSsl::Pem, QSsl::PrivateKey);
        if (!certificate.isNull() && !key.isNull()) {
            https.setClientCertificate(certificate, key);
            return {};
        }
    }
    return fail(ErrorCode::BadInput,
                u"The kubeconfig's client certificate or its key is not PEM, or the key has a password."_s,
                u"Nothing was changed. Log in with a token instead."_s);
}

// The pinned certificate is the only authority that `oc` is told of: nothing else that its issuer signed is trusted
// with it.
Result<QByteArray> anchorFor(const QUrl& server, const Roots& roots)
{
    const auto shown = Https::peek(server);
    if (!shown)
        return fail(shown.error());
    if (!roots.fingerprints.contains(fingerprintOf(*shown)))
        return fail(untrusted(authorityOf(server), *shown, {}, roots));
    if (const auto alone = standsAlone(*shown, server.host()); !alone)
        return fail(alone.error());
    return shown->toPem();
}

} // namespace

/// What a successful login has to be remembered by.
struct Logins::Session {
    Credential credential;
    Roots roots;
};

Logins::Logins(QString home, Redactor& redactor)
    : m_home(std::move(home)), m_redactor(&redactor), m_store(std::make_unique<KubeconfigStore>(m_home))
{
}

Logins::~Logins() = default;

Result<QList<Cluster>> Logins::clusters() const
{
    return ClusterFile(m_home).read();
}

Result<Cluster> Logins::cluster(const QString& name) const
{
    const auto all = clusters();
    if (!all)
        return fail(all.error());
    const auto place = std::find_if(all->begin(), all->end(), [&name](const Cluster& c) { return c.name == name; });
    if (place == all->end())
        return fail(unknownCluster(name));
    return *place;
}

// The cluster as it is known, or a new one; `trust` is completed from it.
Result<Cluster> Logins::prepare(const QString& name, const QUrl& server, Trust& trust) const
{
    if (const auto checked = checkClusterName(name); !checked)
        return fail(checked.error());
    const auto address = checkedServer(server);
    if (!address)
        return fail(address.error());
    auto found = cluster(name);
    if (!found && found.error().code != ErrorCode::NotFound)
        return found;
    if (found && found->server != *address) {
        if (!found->tokenStore.isEmpty())
            return fail(ErrorCode::AlreadyExists,
                        u"The name “%1” already stands for %2."_s.arg(name, found->server.toString()),
                        u"Nothing was changed. Choose another name, or log out of it first."_s);
        found = Cluster{};
    }
    Cluster cluster = found.value_or(Cluster{});
    cluster.name = name;
    if (cluster.server == *address && trust.caFile.isEmpty() && trust.fingerprint.isEmpty())
        trust = trustOf(cluster);
    cluster.server = *address;
    return cluster;
}

Result<Cluster> Logins::loginWithToken(const QString& name, const QUrl& server, const Secret& token, const Trust& given,
                                       bool storeToken)
{
    m_redactor->add(token);
    Trust trust = given;
    auto cluster = prepare(name, server, trust);
    if (!cluster)
        return cluster;
    Session session{{token, {}, {}}, {}};
    // A header cannot carry anything else, and a token has nothing else.
    const auto odd =
        std::find_if(token.reveal().begin(), token.reveal().end(), [](char c) { return c <= ' ' || c > '~'; });
    if (token.isEmpty() || odd != token.reveal().end())
        return fail(ErrorCode::Usage,
                    token.isEmpty() ? u"The token is empty."_s
                                    : u"The token holds spaces or other characters that no token has."_s,
                    u"Nothing was changed. Paste the token alone."_s);
    auto roots = readTrust(trust);
    if (!roots)
        return fail(roots.error());
    session.roots = *roots;
    const auto user = userOf(Https(*roots), cluster->server, session.credential);
    if (!user)
        return fail(user.error());
    cluster->user = *user;
    cluster->imported = false;
    cluster->tokenExpires = {};
    return keep(*cluster, session, storeToken);
}

Result<Cluster> Logins::loginWithPassword(const QString& name, const QUrl& server, const QString& user,
                                          const Secret& password, const Trust& given, bool storeToken)
{
    m_redactor->add(password);
    Trust trust = given;
    auto cluster = prepare(name, server, trust);
    if (!cluster)
        return cluster;
    auto roots = readTrust(trust);
    if (!roots)
        return fail(roots.error());
    const Https https(*roots);
    const auto granted = tokenForPassword(https, cluster->server, user, password);
    if (!granted)
        return fail(granted.error());
    m_redactor->add(granted->token);
    const Session session{{granted->token, {}, {}}, *roots};
    const auto confirmed = userOf(https, cluster->server, session.credential);
    if (!confirmed)
        return fail(confirmed.error());
    cluster->user = *confirmed;
    cluster->imported = false;
    cluster->tokenExpires = granted->expires;
    return keep(*cluster, session, storeToken);
}

Result<Cluster> Logins::importKubeconfig(const QString& name, const QString& file, const QString& context,
                                         bool storeToken)
{
    const auto kubeconfig = readKubeconfig(file, context);
    if (!kubeconfig)
        return fail(kubeconfig.error());
    m_redactor->add(kubeconfig->credential.token);
    m_redactor->add(kubeconfig->credential.clientKey);
    Trust unused;
    auto cluster = prepare(name, kubeconfig->server, unused);
    if (!cluster)
        return cluster;
    Session session{kubeconfig->credential, {}};
    session.roots.ca = QSslCertificate::fromData(kubeconfig->ca, QSsl::Pem);
    session.roots.caFile = kubeconfig->ca.isEmpty() ? QString() : file;
    if (session.roots.ca.isEmpty() && !kubeconfig->ca.isEmpty())
        return fail(ErrorCode::BadInput,
                    u"The certificate-authority in %1 holds no certificate in PEM form."_s.arg(file),
                    u"Nothing was changed, and the file was only read."_s);
    Https https(session.roots);
    if (const auto used = useClientCertificate(https, session.credential); !used)
        return fail(used.error());
    const auto user = userOf(https, cluster->server, session.credential);
    if (!user)
        return fail(user.error());
    cluster->user = *user;
    cluster->imported = true;
    cluster->tokenExpires = {};
    // Where projects may not be listed, the context's namespace is the only one we can know of.
    if (!kubeconfig->namespaceName.isEmpty() && !cluster->namespaces.contains(kubeconfig->namespaceName))
        cluster->namespaces.append(kubeconfig->namespaceName);
    return keep(*cluster, session, storeToken);
}

Result<Cluster> Logins::keep(Cluster cluster, const Session& session, bool storeToken)
{
    QByteArray authority = pemOf(session.roots.ca);
    if (!session.roots.fingerprints.isEmpty()) {
        const auto anchor = anchorFor(cluster.server, session.roots);
        if (!anchor)
            return fail(anchor.error());
        authority = *anchor;
    }
    const Cluster before = cluster;
    cluster.fingerprint = session.roots.fingerprints.join(u',');
    cluster.caFile.clear();
    if (!authority.isEmpty()) {
        cluster.caFile = u"%1/ca/%2.pem"_s.arg(m_home, cluster.name);
        if (const auto made = makePrivateDirectory(m_home + u"/ca"_s); !made)
            return fail(made.error());
        if (const auto written = writePrivateFile(cluster.caFile, authority); !written)
            return fail(written.error());
    }
    const Secret kubeconfig(kubeconfigFor(cluster.server, cluster.caFile, session.credential));
    const auto store = m_store->keep(cluster, kubeconfig, storeToken);
    if (!store)
        return fail(store.error());
    cluster.tokenStore = *store;
    if (const auto put = ClusterFile(m_home).put(cluster); !put)
        return fail(put.error());
    // Only now, so that a failure before leaves the former login as it was.
    if (const auto forgotten = m_store->forget(before, cluster.tokenStore); !forgotten)
        return fail(forgotten.error());
    return cluster;
}

Result<oc::Connection> Logins::connection(const QString& name, const QString& namespaceName) const
{
    const auto cluster = this->cluster(name);
    if (!cluster)
        return fail(cluster.error());
    const auto content = m_store->read(*cluster);
    if (!content)
        return fail(content.error());
    const auto kubeconfig = parseKubeconfig(content->reveal(), u"the kept login"_s, m_home);
    if (!kubeconfig)
        return fail(kubeconfig.error());
    m_redactor->add(kubeconfig->credential.token);
    m_redactor->add(kubeconfig->credential.clientKey);

    oc::Connection connection;
    connection.program = qEnvironmentVariable("SCALEKEEP_OC", u"oc"_s);
    connection.namespaceName = namespaceName;
    connection.cacheDir = u"%1/cache/%2"_s.arg(m_home, name);
    if (const auto made = makePrivateDirectory(connection.cacheDir); !made)
        return fail(made.error());
    const auto file = m_store->fileFor(*cluster, *content);
    if (!file)
        return fail(file.error());
    connection.kubeconfig = *file;
    return connection;
}

Result<void> Logins::logout(const QString& name)
{
    const auto cluster = this->cluster(name);
    if (!cluster)
        return fail(cluster.error());
    const auto content = m_store->read(*cluster);
    if (const auto forgotten = m_store->forget(*cluster); !forgotten)
        return forgotten;
    const auto changed = ClusterFile(m_home).change(name, [](Cluster& c) {
        c.tokenStore.clear();
        c.tokenExpires = {};
    });
    if (!changed)
        return fail(changed.error());
    if (!content || cluster->imported)
        return {};
    const auto kubeconfig = parseKubeconfig(content->reveal(), u"the kept login"_s, m_home);
    const auto roots = readTrust(trustOf(*cluster));
    const auto revoked = !kubeconfig ? Result<void>(fail(kubeconfig.error()))
                         : !roots    ? Result<void>(fail(roots.error()))
                                     : revoke(Https(*roots), cluster->server, kubeconfig->credential.token);
    if (revoked)
        return {};
    const QString until =
        cluster->tokenExpires.isValid() ? u" until %1"_s.arg(cluster->tokenExpires.toString(Qt::ISODate)) : QString();
    return fail(
        revoked.error().code,
        u"The login was removed from this machine, but its token stays valid%1: %2"_s.arg(until,
                                                                                          revoked.error().message),
        u"To end it at once, ask an administrator of the cluster to delete the OAuth access tokens of %1."_s.arg(
            cluster->user),
        revoked.error().detail);
}

Result<void> Logins::addNamespace(const QString& name, const QString& namespaceName)
{
    const auto changed = ClusterFile(m_home).change(name, [&namespaceName](Cluster& cluster) {
        if (!cluster.namespaces.contains(namespaceName))
            cluster.namespaces.append(namespaceName);
    });
    return changed ? Result<void>() : Result<void>(fail(changed.error()));
}

Result<void> Logins::update(const Cluster& cluster)
{
    const auto changed = ClusterFile(m_home).change(cluster.name, [&cluster](Cluster& kept) {
        kept.colour = cluster.colour;
        kept.production = cluster.production;
        kept.readOnly = cluster.readOnly;
        kept.namespaces = cluster.namespaces;
    });
    return changed ? Result<void>() : Result<void>(fail(changed.error()));
}

Result<void> Logins::forget(const QString& name)
{
    const auto cluster = this->cluster(name);
    if (!cluster)
        return fail(cluster.error());
    if (const auto forgotten = m_store->forget(*cluster); !forgotten)
        return forgotten;
    if (const auto removed = ClusterFile(m_home).remove(name); !removed)
        return removed;
    // What is left is of no use to anybody, and holds no secret.
    QFile::remove(u"%1/ca/%2.pem"_s.arg(m_home, name));
    QDir(u"%1/cache/%2"_s.arg(m_home, name)).removeRecursively();
    return {};
}

void Logins::endSession()
{
    const auto all = clusters();
    if (!all)
        return;
    for (const Cluster& cluster : *all)
        m_store->endSession(cluster);
}

Result<Certificate> Logins::peekCertificate(const QUrl& server)
{
    const auto address = checkedServer(server);
    if (!address)
        return fail(address.error());
    const auto shown = Https::peek(*address);
    if (!shown)
        return fail(shown.error());
    return describe(*shown);
}

} // namespace scalekeep::cluster
