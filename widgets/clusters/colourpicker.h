#pragma once

#include <QWidget>

class QButtonGroup;

namespace scalekeep::widgets {

/// One of the colours that a cluster may have, as a row of discs.
class ColourPicker : public QWidget {
    Q_OBJECT
public:
    explicit ColourPicker(QWidget* parent = nullptr);
    [[nodiscard]] QString colour() const;       ///< name as theme::clusterColourNames() has it
    void setColour(const QString& name);

private:
    QButtonGroup* m_group;
};

} // namespace scalekeep::widgets
