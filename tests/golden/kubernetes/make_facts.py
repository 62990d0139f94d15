"""Draws from JobSet's published schema, which holds that of Jobs and pods too, what the manifests of `granary submit` touch.

    python3 make_facts.py jobset.x-k8s.io_jobsets.yaml

The argument is config/components/crd/bases/jobset.x-k8s.io_jobsets.yaml of kubernetes-sigs/jobset (Apache-2.0; made with 0.12,
which is built on k8s.io/api 0.36, that is Kubernetes 1.36). Needs PyYAML. All field names of an object are kept, so that an
unknown one is noticed; what lies below those that the manifests do not use is not. The schema names few of the words that a
field of Kubernetes' own may hold; they are added here from the API reference (kubernetes.io/docs/reference/kubernetes-api), as
are Service and ConfigMap, which are no part of a JobSet.

A fact is the name of a type, {"enum": words}, {"list": fact}, {"map": fact} or {"fields": facts, "required": names}.
"""
import json
import sys

import yaml

POD = {
    "securityContext": {"seccompProfile": {}},
    "containers": {
        "env": {"valueFrom": {"fieldRef": {}, "secretKeyRef": {}}},
        "ports": {},
        "resources": {"requests": {}, "limits": {}},
        "securityContext": {"capabilities": {}},
        "volumeMounts": {},
    },
    "volumes": {"persistentVolumeClaim": {}, "configMap": {}, "emptyDir": {}},
}
JOB = {
    "podFailurePolicy": {"rules": {"onExitCodes": {}, "onPodConditions": {}}},
    "template": {"spec": POD},
}
JOBSET = {
    "network": {},
    "failurePolicy": {},
    "replicatedJobs": {"dependsOn": {}, "template": {"spec": JOB}},
}

WORDS = {
    "completionMode": ["NonIndexed", "Indexed"],
    "podReplacementPolicy": ["TerminatingOrFailed", "Failed"],
    "action": ["Count", "FailIndex", "FailJob", "Ignore"],
    "operator": ["In", "NotIn"],
    "restartPolicy": ["Always", "OnFailure", "Never"],
    "seccompProfile.type": ["Localhost", "RuntimeDefault", "Unconfined"],
    "onPodConditions.status": ["True", "False", "Unknown"],
    "protocol": ["TCP", "UDP", "SCTP"],
    "terminationMessagePolicy": ["File", "FallbackToLogsOnError"],
}

METADATA = {
    "fields": {
        "name": "string", "namespace": "string", "generateName": "string",
        "labels": {"map": "string"}, "annotations": {"map": "string"},
        "finalizers": {"list": "string"}, "ownerReferences": {"list": "object"},
    },
    "required": [],
}


def fact(schema, used, path):
    """What is kept of a schema at a path; `used` are the fields that the manifests go into."""
    words = WORDS.get(path[-1]) or WORDS.get(".".join(path[-2:]))
    if words or "enum" in schema:
        return {"enum": words or schema["enum"]}
    if schema.get("x-kubernetes-int-or-string"):
        return "quantity"
    kind = schema.get("type", "object")
    if kind == "array":
        return {"list": fact(schema["items"], used, path)}
    if kind != "object":
        return kind
    if "additionalProperties" in schema:
        return {"map": fact(schema["additionalProperties"], {}, path)}
    if used is None:
        return "object"
    fields = {name: METADATA if name == "metadata" else fact(below, used.get(name), path + [name]) for name, below in sorted(schema.get("properties", {}).items())}
    return {"fields": fields, "required": sorted(schema.get("required", []))}


def whole(version, kind, part, below):
    return {"fields": {"apiVersion": {"enum": [version]}, "kind": {"enum": [kind]}, "metadata": METADATA, part: below}, "required": ["apiVersion", "kind", "metadata", part]}


def write(name, source, facts):
    with open(name, "w") as file:
        json.dump({"source": source, "facts": facts}, file, indent=1)
        file.write("\n")


crd = yaml.safe_load(open(sys.argv[1]))
version = next(version for version in crd["spec"]["versions"] if version["name"] == "v1alpha2")
spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
jobset = fact(spec, JOBSET, ["spec"])
job = jobset["fields"]["replicatedJobs"]["list"]["fields"]["template"]["fields"]["spec"]
origin = "kubernetes-sigs/jobset 0.12, config/components/crd/bases/jobset.x-k8s.io_jobsets.yaml (Apache-2.0), k8s.io/api 0.36"
write("jobset-v1alpha2.json", origin, whole("jobset.x-k8s.io/v1alpha2", "JobSet", "spec", jobset))
write("job-v1.json", origin, whole("batch/v1", "Job", "spec", job))
reference = "Kubernetes API reference, core/v1"
write("configmap-v1.json", reference, {
    "fields": {"apiVersion": {"enum": ["v1"]}, "kind": {"enum": ["ConfigMap"]}, "metadata": METADATA, "immutable": "boolean", "data": {"map": "string"}, "binaryData": {"map": "string"}},
    "required": ["apiVersion", "kind", "metadata"],
})
write("service-v1.json", reference, whole("v1", "Service", "spec", {
    "fields": {
        "allocateLoadBalancerNodePorts": "boolean", "clusterIP": "string", "clusterIPs": {"list": "string"}, "externalIPs": {"list": "string"},
        "externalName": "string", "externalTrafficPolicy": {"enum": ["Cluster", "Local"]}, "healthCheckNodePort": "integer",
        "internalTrafficPolicy": {"enum": ["Cluster", "Local"]}, "ipFamilies": {"list": "string"},
        "ipFamilyPolicy": {"enum": ["SingleStack", "PreferDualStack", "RequireDualStack"]}, "loadBalancerClass": "string", "loadBalancerIP": "string",
        "loadBalancerSourceRanges": {"list": "string"},
        "ports": {"list": {
            "fields": {"appProtocol": "string", "name": "string", "nodePort": "integer", "port": "integer", "protocol": {"enum": WORDS["protocol"]}, "targetPort": "quantity"},
            "required": ["port"],
        }},
        "publishNotReadyAddresses": "boolean", "selector": {"map": "string"}, "sessionAffinity": {"enum": ["ClientIP", "None"]},
        "sessionAffinityConfig": "object", "trafficDistribution": "string", "type": {"enum": ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]},
    },
    "required": [],
}))
