#include "widgets/bundles/extractdialog.h"

#include "engine/base/files.h"
#include "models/common/components.h"
#include "models/common/format.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QCheckBox>
#include <QDir>
#include <QFileDialog>
#include <QListWidget>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using namespace models;

namespace {
constexpr int idRole = Qt::UserRole, bytesRole = Qt::UserRole + 1;
}

ExtractDialog::ExtractDialog(const BundleInfo& bundle, const QStringList& selected, const ContentNode* file, QWidget* parent) : QDialog(parent), m_bundle(bundle.file.path)
{
    setObjectName(u"extract-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowModality(Qt::WindowModal);
    setWindowTitle(tr("Extract from %1 / %2").arg(bundle.header.cluster.left(60), bundle.header.namespaceName.left(63)));
    setMinimumWidth(480);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    auto* inner = new QVBoxLayout;
    inner->setContentsMargins(16, 16, 16, 16);
    inner->setSpacing(8);
    all->addLayout(inner, 1);

    if (file) {
        m_file.fileComponent = file->component;
        m_file.fileStream = file->stream;
        m_file.fileName = file->name;
        m_file.file = file->path;
        m_file.fileSha256 = file->sha256;
        m_only = new QCheckBox(tr("Only the file %1").arg(fontMetrics().elidedText(file->name, Qt::ElideMiddle, 320).replace(u'&', u"&&"_s)), this);
        m_only->setChecked(true);
        m_only->setToolTip(plainTip(file->toolTip));
        inner->addWidget(m_only);
        connect(m_only, &QCheckBox::toggled, this, &ExtractDialog::update);
    }
    auto* label = new QLabel(tr("&Components"), this);
    m_components = new QListWidget(this);
    m_components->setObjectName(u"extract-components"_s);
    m_components->setAccessibleName(tr("Components to extract"));
    label->setBuddy(m_components);
    for (const bundle::Component& component : bundle.manifest->components) {
        qint64 bytes = -1;
        for (const bundle::Stream& stream : bundle.manifest->streams) {
            if (stream.component == component.id)
                bytes = std::max<qint64>(bytes, 0) + stream.bytes;
        }
        if (bytes < 0)
            continue;
        auto* item = new QListWidgetItem(icon(iconOfComponent(component.engine, component.id)), tr("%1, %2").arg(component.id, formatBytes(bytes)), m_components);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(selected.isEmpty() || selected.contains(component.id) ? Qt::Checked : Qt::Unchecked);
        item->setData(idRole, component.id);
        item->setData(bytesRole, bytes);
    }
    inner->addWidget(label);
    inner->addWidget(m_components, 1);

    auto* folderLabel = new QLabel(tr("&Folder"), this);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    m_folder = new QLineEdit(this);
    m_folder->setObjectName(u"extract-folder"_s);
    m_folder->setAccessibleName(tr("Folder for the files"));
    folderLabel->setBuddy(m_folder);
    auto* choose = makeButton(tr("Choose…"), u"folder"_s, ButtonKind::Plain, this);
    row->addWidget(m_folder, 1);
    row->addWidget(choose);
    inner->addWidget(folderLabel);
    inner->addLayout(row);
    m_room = new QLabel(this);
    m_room->setTextFormat(Qt::PlainText);
    m_room->setForegroundRole(QPalette::PlaceholderText);
    m_room->setWordWrap(true);
    inner->addWidget(m_room);
    auto* note = new QLabel(tr("The files are plain data: Secrets and user records can be read in them. Only you may open them; nothing is overwritten."), this);
    note->setWordWrap(true);
    inner->addWidget(note);

    auto* bar = new ActionBar(this);
    auto* cancel = makeButton(tr("Cancel"), {}, ButtonKind::Plain, bar);
    m_extract = makeButton(tr("Extract"), {}, ButtonKind::Primary, bar);
    m_extract->setObjectName(u"extract-start"_s);
    m_extract->setDefault(true);
    bar->add(cancel);
    bar->add(m_extract);
    all->addWidget(bar);

    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_folder, &QLineEdit::textChanged, this, &ExtractDialog::update);
    connect(m_components, &QListWidget::itemChanged, this, &ExtractDialog::update);
    connect(choose, &QPushButton::clicked, this, [this] {
        auto* dialog = new QFileDialog(this, tr("Folder for the files"), m_folder->text());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
        connect(dialog, &QFileDialog::fileSelected, this, &ExtractDialog::setFolder);
        dialog->open();
    });
    connect(m_extract, &QPushButton::clicked, this, [this] {
        Q_EMIT chosen(request());
        accept();
    });
    const QString name = QFileInfo(m_bundle).fileName().section(u".scalekeep"_s, 0, 0);
    setFolder(QDir::home().filePath(name));
    update();
}

void ExtractDialog::setFolder(const QString& folder)
{
    m_folder->setText(QDir::toNativeSeparators(folder));
}

ExtractRequest ExtractDialog::request() const
{
    ExtractRequest request;
    if (m_only && m_only->isChecked())
        request = m_file;
    request.bundle = m_bundle;
    request.folder = QDir::fromNativeSeparators(m_folder->text());
    if (!request.file.isEmpty())
        return request;
    for (int row = 0; row < m_components->count(); ++row) {
        if (const QListWidgetItem* item = m_components->item(row); item->checkState() == Qt::Checked)
            request.components.append(item->data(idRole).toString());
    }
    return request;
}

void ExtractDialog::update()
{
    const bool only = m_only && m_only->isChecked();
    m_components->setEnabled(!only);
    qint64 bytes = 0;
    int checked = 0;
    for (int row = 0; row < m_components->count(); ++row) {
        const QListWidgetItem* item = m_components->item(row);
        if (item->checkState() == Qt::Checked) {
            ++checked;
            bytes += item->data(bytesRole).toLongLong();
        }
    }
    const QString folder = QDir::fromNativeSeparators(m_folder->text());
    const qint64 free = folder.isEmpty() ? -1 : freeBytes(folder);
    m_room->setText(only ? tr("%1 free").arg(formatBytes(free)) : tr("%1 of data, %2 free").arg(formatBytes(bytes), formatBytes(free)));
    m_extract->setText(only ? tr("Extract file") : checked == 1 ? tr("Extract 1 component") : tr("Extract %n components", nullptr, checked));
    m_extract->setEnabled((only || checked > 0) && QDir::isAbsolutePath(folder));
}

} // namespace scalekeep::widgets
