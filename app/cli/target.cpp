#include "app/cli/target.h"

#include "engine/run/redaction.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

Result<std::pair<QString, QString>> splitTarget(const QString& text, bool needsNamespace)
{
    const qsizetype slash = text.indexOf(u'/');
    const QString cluster = slash < 0 ? text : text.left(slash), namespaceName = slash < 0 ? QString{} : text.mid(slash + 1);
    if (cluster.isEmpty() || namespaceName.contains(u'/') || (needsNamespace && namespaceName.isEmpty()))
        return fail(ErrorCode::Usage, u"“%1” is not a target of the form CLUSTER/NAMESPACE."_s.arg(text));
    return std::pair{cluster, namespaceName};
}

Result<void> mayChange(const Program& program, const QString& cluster)
{
    if (const auto known = program.logins.cluster(cluster); known && known->readOnly)
        return fail(ErrorCode::Usage, u"Cluster %1 is marked read only: back up and compare, no restore."_s.arg(cluster), u"Nothing was changed. The mark is cleared in the window, with Cluster settings…."_s);
    return {};
}

QString catalogueFolder(const Program& program)
{
    return program.home + u"/catalogue"_s;
}

Result<Target> openTarget(Program& program, const QString& text)
{
    const auto names = splitTarget(text, true);
    if (!names)
        return fail(names.error());
    const auto connection = program.logins.connection(names->first, names->second);
    if (!connection)
        return fail(connection.error());
    const oc::Client client(*connection, program.redactor, {}, program.stop);
    const auto identity = client.whoami();
    if (!identity)
        return fail(identity.error());
    auto inventory = cluster::takeInventory(client);
    if (!inventory)
        return fail(inventory.error());
    run::learnSecrets(program.redactor, inventory->objects);
    return Target{names->first, names->second, *connection, client, *identity, std::move(*inventory)};
}

} // namespace scalekeep::cli
