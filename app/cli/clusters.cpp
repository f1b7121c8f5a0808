#include "app/cli/program.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments&) {}

int run(Program& program, const Arguments&)
{
    const auto clusters = program.logins.clusters();
    if (!clusters)
        return program.console.error(clusters.error());
    for (const cluster::Cluster& each : *clusters) {
        // Asked for real: a kept login may have expired.
        QString state = u"logged out"_s;
        if (const auto connection = program.logins.connection(each.name)) {
            const auto identity = oc::Client(*connection, program.redactor, {}, program.stop).whoami();
            state = identity ? u"logged in as %1"_s.arg(*identity) : identity.error().message;
        }
        program.console.object({{u"type"_s, u"cluster"_s}, {u"name"_s, each.name}, {u"server"_s, each.server.toString()}, {u"user"_s, each.user}, {u"state"_s, state}, {u"readOnly"_s, each.readOnly}});
        program.console.line(u"%1  %2  %3%4"_s.arg(each.name, -16).arg(each.server.toString(), -40).arg(state, each.readOnly ? u"  read only"_s : QString{}));
    }
    if (clusters->isEmpty())
        program.console.line(u"No cluster yet. Add one with: scalekeep-cli login --name NAME --server URL --token-stdin"_s);
    return Done;
}
} // namespace

const Command clustersCommand{"clusters", "List the clusters and whether their logins still hold.", declare, run};

} // namespace scalekeep::cli
