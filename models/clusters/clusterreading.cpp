#include "models/clusters/clusterreading.h"

#include "engine/run/redaction.h"

namespace scalekeep::models::reading {

using namespace Qt::Literals::StringLiterals;

namespace {
ConnectionState stateAfter(const Error& error)
{
    return error.code == ErrorCode::NotLoggedIn ? ConnectionState::LoginExpired : ConnectionState::Unreachable;
}
} // namespace

ClusterReading readCluster(const Workplace& workplace, const cluster::Cluster& known, bool discover, const std::stop_token& stop)
{
    ClusterReading reading;
    // Another program may have logged in or out meanwhile.
    reading.cluster = workplace.logins.cluster(known.name).value_or(known);
    if (reading.cluster.tokenStore.isEmpty())
        return reading;
    const auto connection = workplace.logins.connection(known.name);
    if (!connection) {
        reading.error = connection.error();
        reading.state = ConnectionState::LoginExpired;
        return reading;
    }
    const oc::Client client(*connection, workplace.redactor, {}, stop);
    const auto user = client.whoami();
    if (!user) {
        reading.error = user.error();
        reading.state = stateAfter(user.error());
        return reading;
    }
    reading.state = ConnectionState::Connected;
    reading.cluster.user = *user;
    reading.serverVersion = client.serverVersion();
    if (!discover)
        return reading;
    const auto found = catalog::findNamespaces(client, reading.cluster.namespaces, workplace.catalogueFolder());
    if (found) {
        reading.looked = true;
        reading.found = *found;
        if (!reading.cluster.namespaces.isEmpty())
            reading.mayListProjects = client.raw(u"/apis/project.openshift.io/v1/projects?limit=1"_s).has_value();
    } else if (found.error().code == ErrorCode::Forbidden) {
        // The normal case of a restricted user, no error: the window offers to add namespaces by name.
        reading.looked = true;
        reading.mayListProjects = false;
    } else {
        reading.error = found.error();
        if (found.error().code == ErrorCode::NotLoggedIn || found.error().code == ErrorCode::Unreachable)
            reading.state = stateAfter(found.error());
    }
    return reading;
}

NamespaceReading readNamespace(const Workplace& workplace, const NamespaceRef& where, const std::stop_token& stop)
{
    NamespaceReading reading;
    const auto connection = workplace.logins.connection(where.cluster, where.name);
    if (!connection) {
        reading.error = connection.error();
        return reading;
    }
    const oc::Client client(*connection, workplace.redactor, {}, stop);
    // Only the Secrets: the other objects that hold values are in the inventory.
    if (const auto secrets = client.list({u"secrets"_s}))
        run::learnSecrets(workplace.redactor, secrets->items);
    auto inventory = cluster::takeInventory(client);
    if (!inventory) {
        reading.error = inventory.error();
        return reading;
    }
    run::learnSecrets(workplace.redactor, inventory->objects);
    auto detection = catalog::detect(*inventory, workplace.catalogueFolder());
    if (detection)
        reading.detection = std::move(*detection);
    else
        reading.error = detection.error();
    reading.inventory = std::move(*inventory);
    return reading;
}

Result<Secret> readSecretValue(const Workplace& workplace, const NamespaceRef& where, const QString& secret, const QString& key, const std::stop_token& stop)
{
    const auto connection = workplace.logins.connection(where.cluster, where.name);
    if (!connection)
        return fail(connection.error());
    const auto object = oc::Client(*connection, workplace.redactor, {}, stop).get(u"secrets"_s, secret);
    if (!object)
        return fail(object.error());
    run::learnSecrets(workplace.redactor, QJsonArray{*object});
    const QJsonValue value = (*object)[u"data"][key];
    if (!value.isString())
        return fail(ErrorCode::NotFound, u"The Secret %1 has no key %2 any more."_s.arg(secret, key.left(100)), u"Nothing was changed. Refresh the namespace."_s);
    return Secret(QByteArray::fromBase64(value.toString().toLatin1()));
}

Result<cluster::Cluster> logIn(const Workplace& workplace, const LoginRequest& request)
{
    cluster::Logins& logins = workplace.logins;
    auto cluster = !request.kubeconfig.isEmpty() ? logins.importKubeconfig(request.name, request.kubeconfig, request.context, request.storeToken)
                   : !request.token.isEmpty()    ? logins.loginWithToken(request.name, request.server, request.token, request.trust, request.storeToken)
                                                 : logins.loginWithPassword(request.name, request.server, request.user, request.password, request.trust, request.storeToken);
    if (!cluster)
        return cluster;
    cluster->colour = request.colour;
    cluster->production = request.production;
    cluster->readOnly = request.readOnly;
    if (const auto updated = logins.update(*cluster); !updated)
        return fail(updated.error());
    return cluster;
}

} // namespace scalekeep::models::reading
