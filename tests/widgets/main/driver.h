#pragma once

#include "models/clusters/clusterhub.h"
#include "models/run/runhub.h"
#include "models/run/runstate.h"
#include "widgets/backup/backuppage.h"
#include "widgets/bundles/bundlespage.h"
#include "widgets/clusters/clusterspane.h"
#include "widgets/clusters/clusterstree.h"
#include "widgets/common/theme.h"
#include "widgets/main/mainwindow.h"
#include "widgets/restore/restorepage.h"
#include "widgets/run/runspage.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QElapsedTimer>
#include <QPainter>
#include <QSettings>
#include <QTest>
#include <QTimer>

namespace scalekeep::test {

using namespace Qt::Literals::StringLiterals;

/// The desktop program on a state directory, as main() makes it; ended and made again it is a restart.
class Program {
public:
    explicit Program(const QString& home) : m_logins(home, m_redactor), m_settings(home + u"/desktop.ini"_s, QSettings::IniFormat), m_place{home, m_redactor, m_logins, m_workers}
    {
        m_workers.setMaxThreadCount(16);
        m_log = std::make_unique<models::ProgramLog>(m_redactor);
        m_clusters = std::make_unique<models::ClusterHub>(m_place);
        m_runs = std::make_unique<models::RunHub>(m_place);
        m_window = std::make_unique<widgets::MainWindow>(m_place, *m_clusters, *m_runs, *m_log, m_settings);
        m_window->resize(1280, 800);
        m_window->show();
        m_clusters->start();
        m_runs->refresh();
    }
    ~Program()
    {
        m_window.reset();
        m_runs.reset();
        m_clusters.reset();
        m_workers.clear();
        m_workers.waitForDone();
    }
    widgets::MainWindow& window() { return *m_window; }
    models::ClusterHub& clusters() { return *m_clusters; }
    models::RunHub& runs() { return *m_runs; }
    models::ProgramLog& log() { return *m_log; }

private:
    Redactor m_redactor;
    cluster::Logins m_logins;
    QSettings m_settings;
    QThreadPool m_workers;
    models::Workplace m_place;
    std::unique_ptr<models::ProgramLog> m_log;
    std::unique_ptr<models::ClusterHub> m_clusters;
    std::unique_ptr<models::RunHub> m_runs;
    std::unique_ptr<widgets::MainWindow> m_window;
};

/// A visible widget by class and object name; null when there is none.
template <class T>
T* visible(QWidget* parent, const QString& name)
{
    const auto found = parent->findChildren<T*>(name);
    for (T* each : found) {
        if (each->isVisible())
            return each;
    }
    return nullptr;
}

inline QAbstractButton* button(QWidget* parent, const QString& text)
{
    const auto found = parent->findChildren<QAbstractButton*>();
    for (QAbstractButton* each : found) {
        if (each->isVisible() && (each->text().remove(u'&') == text || each->accessibleName() == text))
            return each;
    }
    return nullptr;
}

inline void click(QWidget* widget)
{
    QVERIFY(widget);
    QVERIFY2(widget->isEnabled(), qPrintable(widget->objectName() + u" is not enabled"_s));
    QTest::mouseClick(widget, Qt::LeftButton);
}

/// The dialog that is open in front of a window.
inline QDialog* dialogOf(QWidget* window)
{
    const auto found = window->findChildren<QDialog*>();
    for (QDialog* each : found) {
        if (each->isVisible())
            return each;
    }
    return nullptr;
}

/// First row below `parent`, at any depth, whose first column begins with the text.
inline QModelIndex row(const QAbstractItemModel* model, const QString& text, const QModelIndex& parent = {})
{
    for (int i = 0; i < model->rowCount(parent); ++i) {
        const QModelIndex index = model->index(i, 0, parent);
        if (index.data().toString().startsWith(text))
            return index;
        if (const QModelIndex below = row(model, text, index); below.isValid())
            return below;
    }
    return {};
}

/// The row at a path of texts: {"north", "threescale", "Data", "system-mysql"}.
inline QModelIndex rowAt(const QAbstractItemModel* model, const QStringList& path)
{
    QModelIndex at;
    for (const QString& text : path) {
        QModelIndex next;
        for (int i = 0; i < model->rowCount(at) && !next.isValid(); ++i) {
            if (const QModelIndex index = model->index(i, 0, at); index.data().toString() == text)
                next = index;
        }
        if (!next.isValid())
            return {};
        at = next;
    }
    return at;
}

/// Saves what the window shows, light and dark, where SCALEKEEP_SCREENSHOTS names a folder; otherwise nothing.
inline void shot(QWidget* window, const QString& name)
{
    const QString folder = qEnvironmentVariable("SCALEKEEP_SCREENSHOTS");
    if (folder.isEmpty())
        return;
    const QString scale = window->devicePixelRatioF() > 1 ? u"@2x"_s : QString{};
    for (const bool dark : {false, true}) {
        widgets::theme::choose(dark ? widgets::theme::Choice::Dark : widgets::theme::Choice::Light);
        QTest::qWait(120);
        QPixmap picture = window->grab();
        if (QDialog* dialog = dialogOf(window)) {
            QPainter painter(&picture);
            const QPixmap front = dialog->grab();
            painter.fillRect(QRect(QPoint(), window->size()), QColor(0, 0, 0, 60));
            const QPoint at((window->width() - dialog->width()) / 2, (window->height() - dialog->height()) / 2);
            painter.drawPixmap(at, front);
        }
        picture.save(QDir(folder).filePath(u"%1-%2%3.png"_s.arg(name, dark ? u"dark"_s : u"light"_s, scale)));
    }
    widgets::theme::choose(widgets::theme::Choice::Light);
}

} // namespace scalekeep::test
