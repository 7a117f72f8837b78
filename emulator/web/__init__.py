"""The HTTP side: operations, pipeline and handlers over Flask, and the control plane."""
