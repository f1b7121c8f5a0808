#pragma once

#include "engine/compare/content.h"
#include "models/bundles/bundlelibrary.h"
#include "models/clusters/clusterhub.h"

namespace scalekeep::models {

/// What stands on one side of a comparison: a bundle, or a namespace as it is now.
struct CompareSide {
    QString bundle;      ///< path; empty: a namespace, or nothing
    NamespaceRef where;  ///< of a namespace
    [[nodiscard]] bool isEmpty() const { return bundle.isEmpty() && where.name.isEmpty(); }
    [[nodiscard]] bool isLive() const { return bundle.isEmpty() && !where.name.isEmpty(); }
    bool operator==(const CompareSide&) const = default;
};

/// How a side is shown.
struct SideText {
    QString icon;
    QString title;       ///< "prod-eu / 3scale, Yesterday 02:00"
    QString line;        ///< "Bundle, 812 MiB, verified."
    QString toolTip;
};
/// `content`: what was read of it, where it has been. The library and the hub tell the rest.
SideText sideText(const CompareSide& side, const compare::Content* content, const BundleLibrary& library);
/// "32 h 41 min later", by the times of both; empty where one is not known.
QString laterText(const QDateTime& base, const QDateTime& other);

} // namespace scalekeep::models
