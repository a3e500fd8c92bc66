"""Field values that the API server rejects are reported at the key in the values, and nothing else is."""

from pathlib import Path

import pytest

from ai_server import checks
from tests.tools.checks.conftest import HERE

NODE_AFFINITY = "litellm: {pod: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [%s]}]}}}}}"
VOLUME = "litellm: {pod: {extraVolumes: [{name: d, %s}]}}"
MOUNT = "litellm: {extraVolumeMounts: [{name: litellm-tmp, mountPath: /c, %s}]}"
POD = "litellm: {pod: {%s}}"
EXTRA = "litellm: {pod: {extraContainers: [{name: p, image: 'registry.lan/p:1.2.3', %s}]}}"

WRONG = {
    POD % "tolerations: [{key: a, operator: exists}]": ("operator", "neither Exists nor Equal"),
    POD % "tolerations: [{key: a, operator: Exists, value: b}]": ("value", "not allowed with Exists"),
    POD % "tolerations: [{key: a, operator: Exists, tolerationSeconds: 5}]": ("tolerations[0]", "only NoExecute"),
    POD % "tolerations: [{key: a, operator: Exists, effect: noschedule}]": ("effect", "not one of NoSchedule"),
    POD % "tolerations: [{value: a}]": ("tolerations[0]", "names no taint"),
    POD % "topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: Never, labelSelector: {}}]": (
        "whenUnsatisfiable",
        "DoNotSchedule",
    ),
    NODE_AFFINITY % "{key: a, operator: in, values: [b]}": ("operator", "not one of In"),
    NODE_AFFINITY % "{key: a, operator: Exists, values: [b]}": ("values", "must be empty for Exists"),
    NODE_AFFINITY % "{key: a, operator: In}": ("matchExpressions[0]", "needs values"),
    NODE_AFFINITY % "{key: a, operator: Gt, values: [many]}": ("values[0]", "needs one whole number"),
    VOLUME % "emptyDir: {}, hostPath: {path: /data}": ("extraVolumes[0]", "two sources"),
    VOLUME % "hostPath: {path: /data, type: directory}": ("hostPath.type", "not one of DirectoryOrCreate"),
    VOLUME % "emptyDir: {sizeLimit: 1GB}": ("sizeLimit", "not a valid size"),
    VOLUME % "emptyDir: {medium: memory}": ("medium", "not a valid medium"),
    VOLUME % "secret: {secretName: My_Secret}": ("secretName", "not a valid object name"),
    "litellm: {pod: {extraVolumes: [{name: d}]}}": ("extraVolumes[0]", "has no source"),
    MOUNT % "subPath: ../a": ("subPath", "leads out"),
    "litellm: {extraVolumeMounts: [{name: litellm-tmp, mountPath: cache}]}": ("mountPath", "not an absolute path"),
    POD % "dnsPolicy: None": ("dnsPolicy", "needs a DNS server in dnsConfig"),
    POD % "dnsConfig: {nameservers: [dns.lan]}": ("nameservers[0]", "is not an address"),
    POD % "dnsConfig: {nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]}": ("nameservers", "more than three"),
    POD % "hostAliases: [{ip: 10.0.0.9, hostnames: [NAS]}]": ("hostnames[0]", "not a valid object name"),
    "litellm: {envFrom: [{prefix: A_}]}": ("envFrom[0]", "has no source"),
    "litellm: {envFrom: [{secretRef: {}}]}": ("envFrom[0].secretRef", "names no object"),
    "litellm: {service: {type: LoadBalancer, loadBalancerClass: My Class}}": ("loadBalancerClass", "not a valid class"),
    POD % "securityContext: {fsGroupChangePolicy: onRootMismatch}": ("fsGroupChangePolicy", "not one of Always"),
    POD % "securityContext: {seccompProfile: {type: Localhost}}": ("seccompProfile", "without its file"),
    "litellm: {securityContext: {runAsUser: 99999999999}}": ("runAsUser", "not a valid user"),
    EXTRA % "ports: [{containerPort: 70000}]": ("containerPort", "not a valid port"),
    EXTRA % "imagePullPolicy: always": ("imagePullPolicy", "not one of Always"),
    "global: {pod: {imagePullSecrets: [{name: 'my secret'}]}}": ("imagePullSecrets[0].name", "not a valid object name"),
    "openwebui: {persistence: {existingClaim: My_Claim}}": ("persistence.existingClaim", "not a valid object name"),
    "openwebui: {persistence: {size: 0Gi}}": ("persistence.size", "not a valid disk size"),
    "litellm: {extraEnv: {A: {valueFrom: {secretKeyRef: {name: A B, key: a}}}}}": (
        "secretKeyRef.name",
        "not a valid object name",
    ),
    POD % "tolerations: [{key: 'a b', operator: Exists}]": ("key", "not a valid name of a taint"),
    POD
    % "topologySpreadConstraints: [{maxSkew: 1, topologyKey: 'a b', whenUnsatisfiable: DoNotSchedule, labelSelector: {}}]": (
        "topologyKey",
        "not a valid label key",
    ),
    POD % "dnsConfig: {searches: ['home lan']}": ("searches[0]", "not a domain"),
    POD % "priorityClassName: High": ("priorityClassName", "not a valid object name"),
    POD % "hostAliases: [{ip: 10.0.0.300, hostnames: [nas]}]": ("hostAliases[0].ip", "not an address"),
    VOLUME % "configMap: {name: a, items: [{key: a, path: /b}]}": ("path", "leads out of the volume"),
    VOLUME % "nfs: {server: '', path: /a}": ("server", "is empty"),
    VOLUME % "csi: {driver: My_Driver}": ("driver", "not a valid object name"),
    VOLUME % "downwardAPI: {items: [{path: a, fieldRef: {fieldPath: spec.nodeName}}]}": (
        "fieldPath",
        "that a file can have",
    ),
    VOLUME % "projected: {sources: [{serviceAccountToken: {path: a, expirationSeconds: 60}}]}": (
        "expirationSeconds",
        "not a valid duration",
    ),
    EXTRA % "lifecycle: {preStop: {}}": ("preStop", "exactly one of exec"),
    EXTRA % "startupProbe: {httpGet: {port: Http}}": ("port", "not a valid port"),
    EXTRA % "resizePolicy: [{resourceName: gpu, restartPolicy: NotRequired}]": ("resourceName", "not one of cpu"),
    EXTRA % "env: [{name: 'A=B', value: c}]": ("env[0].name", "not a valid name of a variable"),
    "litellm: {extraEnv: {A: {valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 2Mi}}}}}": (
        "divisor",
        "not a unit of memory",
    ),
    "rocm: {nodes: {halo: {gpuAccess: dra, gpuDeviceClass: Gpu}}}": ("gpuDeviceClass", "not a valid object name"),
    "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {'a/b': c}}]": (
        "data",
        "not a valid key of a ConfigMap",
    ),
    "extraObjects: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {accessModes: [RWO], resources: {requests: {storage: 1Gi}}}}]": (
        "accessModes[0]",
        "not one of ReadWriteOnce",
    ),
    "extraObjects: [{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {backoffLimit: -1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'registry.lan/a:1.0.0'}]}}}}]": (
        "backoffLimit",
        "not a valid number",
    ),
}

RIGHT = [
    POD % "dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.1, 'fd00::1'], searches: [home.lan]}",
    POD % "hostAliases: [{ip: 'fd00::2', hostnames: [nas.lan, nas]}]",
    "litellm: {envFrom: [{configMapRef: {name: a}}, {secretRef: {name: b, optional: true}, prefix: B_}]}",
    "litellm: {service: {type: LoadBalancer, loadBalancerClass: tailscale, loadBalancerIP: 10.0.0.9}}",
    POD
    % "tolerations: [{operator: Exists}, {key: a, value: b}, {key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]",
    NODE_AFFINITY
    % "{key: a, operator: Gt, values: ['8']}, {key: b, operator: DoesNotExist}, {key: c, operator: NotIn, values: [d]}",
    VOLUME % "emptyDir: {medium: HugePages-2Mi, sizeLimit: 1.5Gi}",
    VOLUME % "hostPath: {path: /data, type: ''}",
    MOUNT % "subPath: models/..chat",
    POD % "securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}, fsGroup: 0}",
    EXTRA % "ports: [{containerPort: 65535, hostPort: 0, protocol: UDP}]",
    "openwebui: {persistence: {size: 0.5Ti}}",
    POD % "hostAliases: [{ip: '2001:db8::10', hostnames: [nas]}], dnsConfig: {searches: [., home.lan., _tcp.lan]}",
    EXTRA
    % "lifecycle: {preStop: {sleep: {seconds: 5}}}, env: [{name: a.b-c, value: d}], ports: [{containerPort: 1, name: p2p}]",
    VOLUME % "configMap: {name: a, items: [{key: .a, path: b/..c}]}",
    "litellm: {extraEnv: {A: {valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}}}",
]


def reported(tmp_path: Path, text: str) -> list[checks.Finding]:
    (tmp_path / "v.yaml").write_text(text)
    found = checks.run([HERE / "base.yaml", tmp_path / "v.yaml"]).findings
    return [finding for finding in found if finding.rule == "kubernetes/field-value"]


@pytest.mark.parametrize("text", WRONG)
def test_a_rejected_value_is_reported_at_its_key(tmp_path: Path, text: str) -> None:
    key, words = WRONG[text]
    [found] = reported(tmp_path, text)
    assert (found.key.endswith(key), words in found.message) == (True, True), (found.key, found.message)


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_allowed_is_silent(tmp_path: Path, text: str) -> None:
    assert reported(tmp_path, text) == []
