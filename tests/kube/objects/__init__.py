"""Small builders of objects that look like those of a real GPU cluster.

Each returns a plain dict that `Api.put` takes, valid for a real kube-apiserver too.  What a test needs beyond
the parameters it changes with `merge(obj, {...})`.
"""

from tests.kube.objects.base import LONG_AGO, Object, condition, merge, meta, namespace, owner
from tests.kube.objects.nodes import node
from tests.kube.objects.others import crd, custom, event
from tests.kube.objects.pods import IMAGE, pod, pod_spec
from tests.kube.objects.workloads import daemonset, deployment, service, statefulset

__all__ = [
    "IMAGE",
    "LONG_AGO",
    "Object",
    "condition",
    "crd",
    "custom",
    "daemonset",
    "deployment",
    "event",
    "merge",
    "meta",
    "namespace",
    "node",
    "owner",
    "pod",
    "pod_spec",
    "service",
    "statefulset",
]
