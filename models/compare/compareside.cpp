#include "models/compare/compareside.h"

#include "models/common/format.h"

#include <QFileInfo>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::CompareSide)
};

constexpr qsizetype longest = 120; ///< of names that come out of files
} // namespace

SideText sideText(const CompareSide& side, const compare::Content* content, const BundleLibrary& library)
{
    if (side.isEmpty())
        return {u"plus"_s, Texts::tr("Choose a bundle or a namespace"), Texts::tr("Or drop one here"), {}};
    if (side.isLive()) {
        const QString line = content ? Texts::tr("Namespace, read %1.").arg(formatMoment(content->when)) : Texts::tr("Namespace, as it is now.");
        return {u"namespace"_s, side.where.title(), line, content ? Texts::tr("Read %1").arg(formatExact(content->when)) : QString()};
    }
    const BundleInfo* info = library.bundle(side.bundle);
    const bundle::Header header = content ? content->header : info ? info->header : bundle::Header{};
    SideText text{u"bundle"_s, QFileInfo(side.bundle).fileName().left(longest), {}, side.bundle};
    if (header.started.isValid()) {
        text.title = Texts::tr("%1, %2").arg(NamespaceRef{header.cluster.left(longest), header.namespaceName.left(longest)}.title(), formatMoment(header.started));
        text.toolTip += u'\n' + formatExact(header.started);
    }
    const QString size = formatBytes(info ? info->file.size : QFileInfo(side.bundle).size());
    const auto verified = library.verification(side.bundle);
    text.line = !verified ? Texts::tr("Bundle, %1, not verified.").arg(size) : verified->whole ? Texts::tr("Bundle, %1, verified.").arg(size) : Texts::tr("Bundle, %1, damaged.").arg(size);
    return text;
}

QString laterText(const QDateTime& base, const QDateTime& other)
{
    if (!base.isValid() || !other.isValid())
        return {};
    const qint64 seconds = base.secsTo(other), minutes = std::abs(seconds) / 60;
    if (minutes == 0)
        return Texts::tr("At the same time.");
    const QString span = minutes >= 2 * 24 * 60 ? Texts::tr("%1 d %2 h").arg(minutes / (24 * 60)).arg(minutes / 60 % 24)
                         : minutes >= 60       ? Texts::tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60)
                                               : Texts::tr("%1 min").arg(minutes);
    return seconds > 0 ? Texts::tr("%1 later.").arg(span) : Texts::tr("%1 earlier.").arg(span);
}

} // namespace scalekeep::models
