#pragma once

#include "engine/index/entries.h"
#include "engine/store/common.h"

/// What is in a store now, beside the content index of a bundle. For handlers, on the step's thread.
namespace scalekeep::store {

/// The index of a stream that no bundle gets: what is in the store now.
Result<QJsonObject> indexOf(run::StepRun& step, const Dump& dump);
/// The content index that a bundle has of a component; that of many files is large.
Result<QJsonObject> storedIndex(const bundle::Reader& reader, const QString& component);
/// What an indexer of a tar found, beside the bundle's index.
Result<index::TreeComparison> compareToStoredTree(const bundle::Reader& reader, const QString& component, index::Indexer& found);

/// Compares what is in the store now with the bundle's index; VerificationFailed names the first differences. Warnings are logged and part
/// of the answer.
Result<QJsonObject> prove(run::StepRun& step, const QString& component, const QJsonObject& found, const QDateTime& at);

/// The same after an undo, against the safety bundle: only what is equal to it may be called undone.
Result<void> proveBack(run::StepRun& step, const QString& component, const QJsonObject& found, const QDateTime& at);

/// Both for the files that a tar shows.
Result<QJsonObject> proveTree(run::StepRun& step, const Dump& dump);
Result<void> proveTreeBack(run::StepRun& step, const Dump& dump);

} // namespace scalekeep::store
