#pragma once

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;
class QSettings;

namespace scalekeep::widgets {

/// Appearance, the `oc` client and the folder for bundles. Changes apply when the dialog is accepted. Modal to its window.
class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    SettingsDialog(QSettings& settings, QWidget* parent);
    void accept() override;

private:
    QSettings& m_settings;
    QComboBox* m_appearance;
    QLineEdit* m_client;
    QLineEdit* m_folder;
    QLabel* m_problem;
};

/// What is set, with what holds where nothing is: keys "appearance" (system, light, dark), "oc", "bundleFolder".
namespace settings {
QString bundleFolder(const QSettings& settings);
void applyAppearance(const QSettings& settings);
/// The engine takes the client's path from SCALEKEEP_OC: a choice made here goes there, unless the environment has one.
void applyClient(const QSettings& settings);
} // namespace settings

} // namespace scalekeep::widgets
