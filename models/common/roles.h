#pragma once

#include <Qt>

/// Roles that all views of the window draw by (widgets/common/delegates.h), so that models need no Gui: names instead of colours and pictures.
namespace scalekeep::models::role {

enum {
    Glyph = Qt::UserRole + 1000, ///< QString: "proven", "running", "waiting", "warning", "failed", "undone", "skipped", "note", "added", "removed", "changed", "equal"
    Icon,                        ///< QString: file name in resources/icons, without .svg
    Percent,                     ///< int 0..100: a progress bar before the text
    Share,                       ///< double 0..1: a size bar alone
    Dim,                         ///< bool: secondary text
    Strong,                      ///< bool: stage or group, bold on the alternate ground
    Tint,                        ///< QString: "ok", "warn", "err", "accent": colour of the text
    Ground,                      ///< QString: "ok", "warn", "err": ground of the row
    Sort,                        ///< the value to sort by
    User                         ///< first role of a model's own
};

} // namespace scalekeep::models::role
