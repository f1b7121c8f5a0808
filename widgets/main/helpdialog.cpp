#include "widgets/main/helpdialog.h"

#include <QDialogButtonBox>
#include <QFile>
#include <QTextBlock>
#include <QTextBrowser>
#include <QVBoxLayout>

// Outside of any namespace, as the macro wants it; a static library's resources are not found otherwise.
static void initResource()
{
    Q_INIT_RESOURCE(help);
}

namespace scalekeep::widgets {

HelpDialog::HelpDialog(QWidget* parent) : QDialog(parent), m_text(new QTextBrowser(this))
{
    setWindowTitle(tr("Scalekeep help"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(680, 560);
    initResource();
    QFile file(QStringLiteral(":/help/help.md"));
    if (file.open(QIODevice::ReadOnly))
        m_text->setMarkdown(QString::fromUtf8(file.readAll()));
    m_text->setAccessibleName(windowTitle());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_text);
    layout->addWidget(buttons);
}

void HelpDialog::showTopic(const QString& heading)
{
    for (QTextBlock block = m_text->document()->begin(); block.isValid(); block = block.next()) {
        if (block.blockFormat().headingLevel() > 0 && block.text() == heading) {
            m_text->setTextCursor(QTextCursor(m_text->document()->lastBlock())); // so that the heading comes to the top
            m_text->setTextCursor(QTextCursor(block));
            return;
        }
    }
}

} // namespace scalekeep::widgets
