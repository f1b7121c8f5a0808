#pragma once

#include "engine/record/export.h"
#include "models/common/workplace.h"
#include "widgets/common/parts.h"

#include <QDialog>
#include <QTimer>

#include <stop_token>

class QCheckBox;
class QComboBox;
class QTextBrowser;

namespace scalekeep::widgets {

class ChangeForm;

/// Exports the record of a run that has ended: fields to be entered afterwards, form, paper, signature and time stamp, and how it will look. All reading,
/// signing and writing is done in the background. Window modal; deletes itself. GUI thread; the workplace outlives it.
class RecordDialog : public QDialog {
    Q_OBJECT
public:
    RecordDialog(const models::Workplace& workplace, const QString& runId, QWidget* parent = nullptr);
    ~RecordDialog() override;
    void setFile(const QString& path);

Q_SIGNALS:
    void exported(const QStringList& files);

private:
    void load();
    void preview();
    void showPreview(const Result<record::Document>& document);
    void updateState();
    void start();
    void browse(QLineEdit* edit, const QString& title, bool save);
    void reject() override;

    const models::Workplace& m_workplace;
    QString m_runId;
    Banner* m_problem;
    ChangeForm* m_form;
    QTextBrowser* m_preview;
    QComboBox* m_format;
    QComboBox* m_paper;
    QCheckBox* m_json;
    QLineEdit* m_key;
    QLineEdit* m_server;
    QLineEdit* m_authority;
    QLineEdit* m_file;
    QPushButton* m_export;
    ActionBar* m_bar;
    QTimer m_typing;           ///< the preview follows when typing stops
    std::stop_source m_stop;
    quint64 m_serial = 0;      ///< of the preview that was asked for last
    bool m_loaded = false, m_working = false;
};

} // namespace scalekeep::widgets
