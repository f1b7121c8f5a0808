#pragma once

#include "engine/bundle/manifest.h"
#include "engine/catalog/catalog.h"

namespace scalekeep::store {

/// Components that the namespace has now: stores whose workload is there, the file tree whose claim is there, all groups of objects.
QStringList presentComponents(const catalog::Catalog& catalog, const cluster::Inventory& inventory);

/// What a faithful restore would miss if just `saved` were backed up: {score: 0..100, missing: [{id, reason}]}. Source-of-truth data weighs most;
/// 100 means that nothing is missing, whatever the rounding. External stores count as missing, with the tool that backs them up.
QJsonObject completeness(const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& saved);

} // namespace scalekeep::store
