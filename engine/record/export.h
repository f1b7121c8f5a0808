#pragma once

#include "engine/record/document.h"
#include "engine/record/file.h"

#include <stop_token>

namespace scalekeep::record {

struct ExportOptions {
    QString signKey = {}; ///< file of the user's key; empty: no signature
    bool mayAsk = false;      ///< the signing tool may ask at the terminal
    QString stampServer = {}; ///< URL; empty: no time stamp
    QString stampAuthority = {}; ///< PEM file; empty: the system's authorities
};

/// A record ready to be written in any form: searched for secrets, signed and stamped as asked for.
struct Export {
    Document document = {};
    QByteArray json = {}; ///< the record file
    RecordFile file = {};
};

/// Of a run of this machine. Damaged where its journal is not what was written; VerificationFailed where a secret value would be exported.
/// Blocking; reads the bundles' objects and asks the time-stamp server.
Result<Export> prepareExport(const QString& home, const QString& runId, const ExportOptions& options, const std::stop_token& stop = {});

/// How the record would look with these fields entered afterwards; nothing is written, signed or searched. Blocking.
Result<Document> previewDocument(const QString& home, const QString& runId, const QMap<QString, QString>& fields);

} // namespace scalekeep::record
