#include "engine/oc/argv.h"
#include "engine/oc/scripts.h"

namespace scalekeep::oc::argv {

using namespace Qt::Literals::StringLiterals;

namespace {

QString quoted(const QString& word)
{
    const auto safe = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || u"_@%+=:,./-"_s.contains(c);
    };
    if (!word.isEmpty() && std::all_of(word.begin(), word.end(), safe))
        return word;
    return u'\'' + QString(word).replace(u'\'', u"'\\''"_s) + u'\'';
}

QString joined(const QStringList& words)
{
    QStringList parts;
    for (const QString& word : words)
        parts << quoted(word);
    return parts.join(u' ');
}

/// What a form carries, for people: the command behind the script's own arguments.
QStringList carried(const QString& script, const QStringList& rest)
{
    // `sh` and the nonce come first in every form.
    if (script == scripts::streamIn())
        return {u"sh"_s, u"-c"_s, u"cat > "_s + quoted(rest.value(2))};
    if (script == scripts::streamOut() || script == scripts::exec())
        return rest.mid(3);
    if (script == scripts::execWithInput())
        return rest.mid(5);
    return {};
}

} // namespace

QString display(const QStringList& argv)
{
    QStringList shown{u"oc"_s};
    for (qsizetype i = 0; i < argv.size(); ++i) {
        const QString& word = argv.at(i);
        if (word == u"--"_s) {
            const QStringList inner = argv.mid(i + 1);
            const QStringList command = inner.size() > 3 ? carried(inner.at(2), inner.mid(3)) : QStringList();
            shown << word << (command.isEmpty() ? inner : command);
            break;
        }
        if (!word.startsWith(u"--kubeconfig="_s) && !word.startsWith(u"--request-timeout="_s))
            shown << word;
    }
    QString line = joined(shown);
    // Names come from clusters: none may move the cursor of a terminal.
    for (QChar& c : line) {
        if (c.category() == QChar::Other_Control && c != u'\n' && c != u'\t')
            c = QChar::ReplacementCharacter;
    }
    return line;
}

QString shellLine(const QString& program, const QStringList& argv) { return joined(QStringList{program} + argv); }

} // namespace scalekeep::oc::argv
