"""The stand-in for the OpenShift client (oc 4.14): kubeconfig, REST over HTTPS, printing, exec pump, faults."""
