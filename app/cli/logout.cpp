#include "app/cli/program.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"NAME"_s, u"The cluster's name."_s);
}

int run(Program& program, const Arguments& arguments)
{
    if (const auto out = program.logins.logout(arguments.at(0)); !out)
        return program.console.error(out.error());
    program.console.object({{u"type"_s, u"logout"_s}, {u"name"_s, arguments.at(0)}});
    program.console.line(u"Logged out of %1."_s.arg(arguments.at(0)));
    return Done;
}
} // namespace

const Command logoutCommand{"logout", "Remove a login from this machine and revoke it.", declare, run};

} // namespace scalekeep::cli
