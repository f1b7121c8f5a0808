#include "widgets/record/recorddialog.h"

#include "engine/base/files.h"
#include "engine/run/past.h"
#include "widgets/print/pdf.h"
#include "widgets/record/changeform.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QScrollArea>
#include <QSplitter>
#include <QTextBrowser>
#include <QTextDocument>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int typingMs = 400;
constexpr qsizetype previewRows = 150;

constexpr std::array suffixes{".pdf", ".html", ".md", ".json"}; // in the order of the choices

/// What is laid out in the window: the first rows of long tables show how the rest will look.
record::Document shortened(record::Document document)
{
    for (record::Section& section : document.sections) {
        for (auto& block : section.blocks) {
            auto* table = std::get_if<record::Table>(&block);
            if (!table || table->rows.size() <= previewRows)
                continue;
            const qsizetype left = table->rows.size() - previewRows;
            table->rows.resize(previewRows);
            record::Row more;
            for (qsizetype column = 0; column < table->columns.size(); ++column)
                more.cells.append({column == std::min<qsizetype>(1, table->columns.size() - 1) ? RecordDialog::tr("… and %1 more rows in the exported record").arg(left) : QString{}, record::Mark::None, false});
            table->rows.append(more);
        }
    }
    return document;
}

struct Wanted {
    QString format, file;
    print::Paper paper = print::Paper::A4;
    bool json = false;
    QMap<QString, QString> fields;
    record::ExportOptions options;
};

/// Worker thread. The files that were written.
Result<QStringList> write(const QString& home, const QString& runId, const Wanted& wanted, const std::stop_token& stop)
{
    if (const auto entered = record::enterAfterwards(home, runId, wanted.fields); !entered)
        return fail(entered.error());
    const auto made = record::prepareExport(home, runId, wanted.options, stop);
    if (!made)
        return fail(made.error());
    const auto content = wanted.format == u"json" ? Result<QByteArray>(made->json) : wanted.format == u"html" ? Result<QByteArray>(record::toHtml(made->document))
                         : wanted.format == u"markdown" ? Result<QByteArray>(record::toMarkdown(made->document)) : print::toPdf(made->document, wanted.paper);
    if (!content)
        return fail(content.error());
    QStringList files{wanted.file};
    if (const auto written = writePrivateFile(wanted.file, *content); !written)
        return fail(written.error());
    if (wanted.json && wanted.format != u"json") {
        files.append(wanted.file + u".json"_s);
        if (const auto written = writePrivateFile(files.last(), made->json); !written)
            return fail(written.error());
    }
    return files;
}
} // namespace

RecordDialog::RecordDialog(const models::Workplace& workplace, const QString& runId, QWidget* parent) : QDialog(parent), m_workplace(workplace), m_runId(runId), m_problem(new Banner), m_form(new ChangeForm(true))
{
    setObjectName(u"record-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowModality(Qt::WindowModal);
    setWindowTitle(tr("Export record of %1").arg(runId.left(60)));
    resize(1080, 700);

    auto* fields = new QWidget;
    auto* fieldsLayout = new QVBoxLayout(fields);
    fieldsLayout->setContentsMargins(12, 12, 12, 12);
    auto* note = new QLabel(tr("What you enter here is shown as entered afterwards, with the time and your name."));
    note->setWordWrap(true);
    note->setForegroundRole(QPalette::PlaceholderText);
    fieldsLayout->addWidget(note);
    fieldsLayout->addWidget(m_form);
    fieldsLayout->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(fields);
    auto* change = new Panel(tr("Change"));
    change->body()->addWidget(scroll);

    auto* options = new QWidget;
    auto* form = new QFormLayout(options);
    form->setContentsMargins(12, 12, 12, 12);
    form->setVerticalSpacing(8);
    form->setLabelAlignment(Qt::AlignRight);
    const auto row = [form](const QString& title, QWidget* field, const QString& name, QWidget* whole = nullptr) {
        field->setObjectName(name);
        field->setAccessibleName(title);
        auto* label = new QLabel(title);
        label->setBuddy(field);
        form->addRow(label, whole ? whole : field);
    };
    const auto withBrowse = [this](QLineEdit* edit, const QString& title, bool save) {
        auto* line = new QWidget;
        auto* layout = new QHBoxLayout(line);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(edit, 1);
        auto* button = makeButton(tr("Browse…"));
        button->setAccessibleName(title);
        layout->addWidget(button);
        connect(button, &QPushButton::clicked, this, [this, edit, title, save] { browse(edit, title, save); });
        return line;
    };
    m_format = new QComboBox;
    m_format->addItem(tr("PDF, for reading and printing"), u"pdf"_s);
    m_format->addItem(tr("HTML, one file"), u"html"_s);
    m_format->addItem(tr("Markdown"), u"markdown"_s);
    m_format->addItem(tr("JSON, can be verified"), u"json"_s);
    row(tr("Form"), m_format, u"record-format"_s);
    m_paper = new QComboBox;
    m_paper->addItem(tr("A4"), int(print::Paper::A4));
    m_paper->addItem(tr("Letter"), int(print::Paper::Letter));
    if (locale().measurementSystem() == QLocale::ImperialUSSystem)
        m_paper->setCurrentIndex(1);
    row(tr("Paper"), m_paper, u"record-paper"_s);
    m_json = new QCheckBox(tr("Write the JSON beside it, which can be verified"));
    m_json->setObjectName(u"record-json"_s);
    m_json->setChecked(true);
    form->addRow({}, m_json);
    m_key = new QLineEdit;
    m_key->setPlaceholderText(tr("no signature"));
    m_key->setToolTip(tr("SSH key: the private file, or the public file of a key in the agent; or a minisign key without a password. An age key cannot sign."));
    row(tr("Sign with"), m_key, u"record-key"_s, withBrowse(m_key, tr("Key to sign with"), false));
    m_server = new QLineEdit;
    m_server->setPlaceholderText(tr("no time stamp"));
    m_server->setToolTip(tr("Address of an RFC 3161 time-stamp server. It gets a digest, nothing of the record itself."));
    row(tr("Time-stamp server"), m_server, u"record-server"_s);
    m_authority = new QLineEdit;
    m_authority->setPlaceholderText(tr("the system's authorities"));
    m_authority->setToolTip(tr("Certificates (PEM) that vouch for the time-stamp server."));
    row(tr("Its authority"), m_authority, u"record-authority"_s, withBrowse(m_authority, tr("Certificates of the time-stamp server's authority"), false));
    m_file = new QLineEdit;
    row(tr("File"), m_file, u"record-file"_s, withBrowse(m_file, tr("File for the record"), true));
    auto* output = new Panel(tr("Record"));
    output->body()->addWidget(options);

    m_preview = new QTextBrowser;
    m_preview->setObjectName(u"record-preview"_s);
    m_preview->setAccessibleName(tr("Preview of the record"));
    m_preview->setFrameShape(QFrame::NoFrame);
    m_preview->setOpenLinks(false);
    // Paper is white in a dark window, too.
    QPalette paper = m_preview->palette();
    paper.setColor(QPalette::Base, Qt::white);
    paper.setColor(QPalette::Text, QColor(0x1C, 0x22, 0x28));
    m_preview->setPalette(paper);
    m_preview->viewport()->setAutoFillBackground(true);
    auto* look = new Panel(tr("Preview"));
    look->body()->addWidget(m_preview);

    auto* left = new QWidget;
    auto* leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 0, 0);
    leftLayout->setSpacing(12);
    leftLayout->addWidget(change, 1);
    leftLayout->addWidget(output);
    auto* split = new QSplitter;
    split->setChildrenCollapsible(false);
    split->setHandleWidth(12);
    split->setContentsMargins(16, 12, 16, 12);
    split->addWidget(left);
    split->addWidget(look);
    split->setStretchFactor(0, 0);
    split->setStretchFactor(1, 1);
    split->setSizes({430, 620});

    m_bar = new ActionBar;
    auto* cancel = makeButton(tr("Cancel"));
    m_export = makeButton(tr("Export"), {}, ButtonKind::Primary);
    m_export->setObjectName(u"record-export"_s);
    m_export->setDefault(true);
    m_bar->add(cancel);
    m_bar->add(m_export);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(m_problem);
    all->addWidget(split, 1);
    all->addWidget(m_bar);

    m_typing.setSingleShot(true);
    m_typing.setInterval(typingMs);
    connect(&m_typing, &QTimer::timeout, this, &RecordDialog::preview);
    connect(m_form, &ChangeForm::edited, this, [this] {
        if (m_loaded)
            m_typing.start();
    });
    connect(m_format, &QComboBox::currentIndexChanged, this, [this] {
        // The name follows the form where it is still one of ours.
        for (const char* each : suffixes) {
            const QString suffix = QLatin1String(each);
            if (m_file->text().endsWith(suffix)) {
                m_file->setText(m_file->text().chopped(suffix.size()) + QLatin1String(suffixes[size_t(m_format->currentIndex())]));
                break;
            }
        }
        updateState();
    });
    for (QLineEdit* edit : {m_file, m_server})
        connect(edit, &QLineEdit::textChanged, this, &RecordDialog::updateState);
    connect(cancel, &QPushButton::clicked, this, &RecordDialog::reject);
    connect(m_export, &QPushButton::clicked, this, &RecordDialog::start);
    setFile(QDir(QDir::homePath()).filePath(u"record-%1.pdf"_s.arg(runId)));
    load();
    updateState();
}

RecordDialog::~RecordDialog()
{
    m_stop.request_stop();
}

void RecordDialog::setFile(const QString& path)
{
    m_file->setText(QDir::toNativeSeparators(path));
}

void RecordDialog::load()
{
    using Loaded = Result<std::pair<record::Change, QList<record::Afterwards>>>;
    m_workplace.inBackground(
        this,
        [home = m_workplace.home, runId = m_runId]() -> Loaded {
            const auto past = run::readPast(home, runId);
            if (!past)
                return fail(past.error());
            auto afterwards = record::readAfterwards(home, runId);
            if (!afterwards)
                return fail(afterwards.error());
            const auto planned = record::changeFromJson(past->plan.choices[u"change"].toObject());
            return std::pair{planned.value_or(record::Change{}), std::move(*afterwards)};
        },
        [this](const Loaded& loaded) {
            if (!loaded) {
                m_problem->show(Banner::Kind::Error, loaded.error().message, loaded.error().hint);
                return;
            }
            QMap<QString, QString> texts;
            for (const record::Afterwards& each : loaded->second)
                texts.insert(each.field, each.text);
            m_form->setPlanned(loaded->first);
            m_form->setTexts(texts);
            m_loaded = true;
            updateState();
            preview();
        });
}

void RecordDialog::preview()
{
    const quint64 serial = ++m_serial;
    m_workplace.inBackground(
        this, [home = m_workplace.home, runId = m_runId, fields = m_form->texts()] { return record::previewDocument(home, runId, fields); },
        [this, serial](const Result<record::Document>& document) {
            if (serial == m_serial)
                showPreview(document);
        });
}

void RecordDialog::showPreview(const Result<record::Document>& document)
{
    if (!document) {
        m_problem->show(Banner::Kind::Error, document.error().message, document.error().hint);
        return;
    }
    if (!m_working)
        m_problem->hide();
    const QPointer<QTextDocument> old = m_preview->document(); // the first one is the view's, which deletes it
    QTextDocument* made = print::textDocument(shortened(*document)).release();
    made->setParent(m_preview);
    made->setDocumentMargin(24);
    m_preview->setDocument(made);
    if (old)
        old->deleteLater();
}

void RecordDialog::updateState()
{
    const QString format = m_format->currentData().toString();
    m_paper->setEnabled(format == u"pdf");
    m_json->setEnabled(format != u"json");
    m_authority->setEnabled(!m_server->text().trimmed().isEmpty());
    m_export->setEnabled(m_loaded && !m_working && !m_file->text().trimmed().isEmpty());
    m_bar->setSummary(m_working ? tr("Searching for secret values, then writing…") : tr("Before it is written, the record is searched for every secret value of the bundles."));
}

void RecordDialog::start()
{
    Wanted wanted{.format = m_format->currentData().toString(), .file = QFileInfo(QDir::fromNativeSeparators(m_file->text().trimmed())).absoluteFilePath(), .paper = print::Paper(m_paper->currentData().toInt()), .json = m_json->isChecked(),
                  .fields = m_form->texts(), .options = {.signKey = m_key->text().trimmed(), .mayAsk = false, .stampServer = m_server->text().trimmed(), .stampAuthority = m_server->text().trimmed().isEmpty() ? QString{} : m_authority->text().trimmed()}};
    QStringList there;
    for (const QString& file : {wanted.file, wanted.json && wanted.format != u"json" ? wanted.file + u".json"_s : QString{}}) {
        if (!file.isEmpty() && QFileInfo::exists(file))
            there.append(QDir::toNativeSeparators(file));
    }
    const auto go = [this, wanted] {
        m_working = true;
        m_problem->hide();
        updateState();
        m_workplace.inBackground(
            this, [home = m_workplace.home, runId = m_runId, wanted, stop = m_stop.get_token()] { return write(home, runId, wanted, stop); },
            [this](const Result<QStringList>& files) {
                m_working = false;
                updateState();
                if (!files) {
                    m_problem->show(Banner::Kind::Error, files.error().message, files.error().hint + (files.error().detail.isEmpty() ? QString{} : u' ' + files.error().detail.left(300)));
                    return;
                }
                Q_EMIT exported(*files);
                accept();
            });
    };
    if (there.isEmpty())
        go();
    else
        ask(this, tr("Replace what is there?"), there.join(u'\n'), tr("Replace"), ButtonKind::Danger, go);
}

void RecordDialog::browse(QLineEdit* edit, const QString& title, bool save)
{
    auto* dialog = new QFileDialog(this, title, edit->text().isEmpty() ? QDir::homePath() : QFileInfo(edit->text()).path());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(save ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
    dialog->setFileMode(save ? QFileDialog::AnyFile : QFileDialog::ExistingFile);
    dialog->setOption(QFileDialog::DontConfirmOverwrite); // asked when it is written
    if (save)
        dialog->selectFile(QFileInfo(edit->text()).fileName());
    connect(dialog, &QFileDialog::fileSelected, edit, [edit](const QString& file) { edit->setText(QDir::toNativeSeparators(file)); });
    dialog->open();
}

void RecordDialog::reject()
{
    m_stop.request_stop();
    QDialog::reject();
}

} // namespace scalekeep::widgets
