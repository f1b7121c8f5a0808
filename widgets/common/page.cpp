#include "widgets/common/parts.h"

#include <QAbstractItemView>
#include <QHeaderView>
#include <QSettings>
#include <QSplitter>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {

/// A header goes by its own name, or by its view's.
QString nameOf(const QHeaderView* header)
{
    if (!header->objectName().isEmpty())
        return header->objectName();
    const QString view = header->parent() ? header->parent()->objectName() : QString();
    return view.isEmpty() ? QString() : view + (header->orientation() == Qt::Horizontal ? u"-columns"_s : u"-rows"_s);
}

} // namespace

Page::Page(const QString& objectName, QWidget* parent) : QWidget(parent)
{
    setObjectName(objectName);
}

void Page::saveState(QSettings& settings) const
{
    settings.beginGroup(objectName());
    const auto splitters = findChildren<QSplitter*>();
    for (const QSplitter* splitter : splitters) {
        if (!splitter->objectName().isEmpty())
            settings.setValue(splitter->objectName(), splitter->saveState());
    }
    const auto headers = findChildren<QHeaderView*>();
    for (const QHeaderView* header : headers) {
        const QString name = nameOf(header);
        if (name.isEmpty() || header->count() == 0)
            continue;
        settings.setValue(name, header->saveState());
        settings.setValue(name + u"-count"_s, header->count());
    }
    settings.endGroup();
}

void Page::restoreState(QSettings& settings)
{
    settings.beginGroup(objectName());
    const auto splitters = findChildren<QSplitter*>();
    for (QSplitter* splitter : splitters) {
        if (splitter->objectName().isEmpty())
            continue;
        const QByteArray kept = settings.value(splitter->objectName()).toByteArray();
        if (!kept.isEmpty()) {
            // The direction is the page's matter: it follows the width of the window.
            const Qt::Orientation orientation = splitter->orientation();
            splitter->restoreState(kept);
            splitter->setOrientation(orientation);
        }
    }
    const auto headers = findChildren<QHeaderView*>();
    for (QHeaderView* header : headers) {
        const QString name = nameOf(header);
        // Kept by a version with other columns: useless.
        if (!name.isEmpty() && settings.value(name + u"-count"_s).toInt() == header->count())
            header->restoreState(settings.value(name).toByteArray());
    }
    settings.endGroup();
}

} // namespace scalekeep::widgets
