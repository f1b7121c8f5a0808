#include "widgets/record/changeform.h"

#include "widgets/common/theme.h"

#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
/// The engine's names of the fields are English; here they are in the user's language.
QString titleOf(const QString& name)
{
    static const QMap<QString, const char*> titles{{u"number"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Change number")},
                                                   {u"short_description"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Short description")},
                                                   {u"requested_by"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Requested by")},
                                                   {u"approvals"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Approved by")},
                                                   {u"justification"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Justification")},
                                                   {u"risk_impact_analysis"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Risk and impact")},
                                                   {u"implementation_plan"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Implementation")},
                                                   {u"backout_plan"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Back-out")},
                                                   {u"test_plan"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Test plan")},
                                                   {u"cmdb_ci"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Configuration item")},
                                                   {u"close_code"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Close code")},
                                                   {u"close_notes"_s, QT_TRANSLATE_NOOP("scalekeep::widgets::ChangeForm", "Close notes")}};
    const char* title = titles.value(name);
    return title ? ChangeForm::tr(title) : name;
}
} // namespace

ChangeForm::ChangeForm(bool closing, QWidget* parent) : QWidget(parent)
{
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(8);
    form->setLabelAlignment(Qt::AlignRight | Qt::AlignTop);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    for (const record::ChangeField& each : record::changeFields()) {
        const QString name = QLatin1String(each.name), title = titleOf(name);
        if (!closing && name.startsWith(u"close_"_s))
            continue;
        Field field;
        if (each.paragraph) {
            auto* editor = new QPlainTextEdit;
            editor->setTabChangesFocus(true);
            editor->setFixedHeight(editor->fontMetrics().lineSpacing() * 2 + 14);
            connect(editor, &QPlainTextEdit::textChanged, this, &ChangeForm::edited);
            field.editor = editor;
        } else {
            auto* editor = new QLineEdit;
            connect(editor, &QLineEdit::textChanged, this, &ChangeForm::edited);
            field.editor = editor;
        }
        field.editor->setObjectName(u"change-"_s + name);
        field.editor->setAccessibleName(title);
        field.editor->setToolTip(QLatin1String(each.help));
        field.planned = new QLabel;
        field.planned->setTextFormat(Qt::PlainText);
        field.planned->setWordWrap(true);
        field.planned->setFont(theme::smallFont());
        field.planned->setForegroundRole(QPalette::PlaceholderText);
        field.planned->hide();
        auto* column = new QWidget;
        auto* layout = new QVBoxLayout(column);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(2);
        layout->addWidget(field.editor);
        layout->addWidget(field.planned);
        auto* label = new QLabel(title);
        label->setBuddy(field.editor);
        form->addRow(label, column);
        m_fields.insert(name, field);
    }
}

void ChangeForm::setTexts(const QMap<QString, QString>& texts)
{
    for (auto field = m_fields.cbegin(); field != m_fields.cend(); ++field) {
        const QString text = texts.value(field.key());
        if (auto* line = qobject_cast<QLineEdit*>(field->editor))
            line->setText(text);
        else
            static_cast<QPlainTextEdit*>(field->editor)->setPlainText(text);
    }
}

void ChangeForm::setPlanned(const QMap<QString, QString>& texts)
{
    for (auto field = m_fields.cbegin(); field != m_fields.cend(); ++field) {
        const QString text = texts.value(field.key());
        field->planned->setText(tr("Before the run: %1").arg(text.left(500)));
        field->planned->setVisible(!text.isEmpty());
    }
}

QMap<QString, QString> ChangeForm::texts() const
{
    QMap<QString, QString> texts;
    for (auto field = m_fields.cbegin(); field != m_fields.cend(); ++field) {
        const auto* line = qobject_cast<QLineEdit*>(field->editor);
        texts.insert(field.key(), (line ? line->text() : static_cast<QPlainTextEdit*>(field->editor)->toPlainText()).trimmed());
    }
    return texts;
}

QJsonObject ChangeForm::filled() const
{
    QJsonObject json;
    const QMap<QString, QString> all = texts();
    for (auto text = all.cbegin(); text != all.cend(); ++text) {
        if (!text->isEmpty())
            json.insert(text.key(), *text);
    }
    return json;
}

} // namespace scalekeep::widgets
