#pragma once

#include "app/cli/arguments.h"
#include "app/cli/console.h"
#include "engine/cluster/login.h"

#include <stop_token>

namespace scalekeep::cli {

/// What every command gets: where things are kept, the logins, the console, and the token that Ctrl+C stops.
struct Program {
    QString home;
    Redactor& redactor;
    cluster::Logins& logins;
    Console& console;
    std::stop_token stop;
};

/// A command declares its arguments, then runs. One file each.
struct Command {
    const char* name;
    const char* summary;
    void (*declare)(Arguments&);
    int (*run)(Program&, const Arguments&);
};

extern const Command backupCommand, clustersCommand, compareCommand, extractCommand, inventoryCommand, loginCommand, logoutCommand, planCommand, recordCommand, restoreCommand, resumeCommand, runsCommand, salvageCommand, showCommand, undoCommand, unlockCommand, verifyCommand, verifyRecordCommand;

} // namespace scalekeep::cli
