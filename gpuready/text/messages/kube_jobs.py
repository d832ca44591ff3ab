"""What the active checks of a cluster say."""

MESSAGES = {
    "bad_option": (
        "The target's option {option} holds {found}, which Kubernetes would not take: put it right with "
        "gpuready targets add.",
        "目标的选项 {option} 的值 {found} 不被 Kubernetes 接受：请用 gpuready targets add 改正。",
    ),
    "bad_size": (
        "The size {size} is none between 1M and 1T: write it like 256M or 4G.",
        "大小 {size} 不在 1M 与 1T 之间：请写成 256M 或 4G 的形式。",
    ),
    "no_rights": (
        "Nothing was created: in the namespace {namespace} the account may not {missing}; apply what "
        "gpuready targets kubernetes --rbac --active prints, and bind it there.",
        "未创建任何对象：该账号在命名空间 {namespace} 中无权 {missing}；请应用 gpuready targets kubernetes "
        "--rbac --active 输出的角色，并在该命名空间绑定。",
    ),
    "forbidden": (
        "The account may not create a {kind} in the namespace {namespace} ({error}): bind the role that "
        "gpuready targets kubernetes --rbac --active prints.",
        "该账号无权在命名空间 {namespace} 中创建 {kind}（{error}）：请绑定 gpuready targets kubernetes "
        "--rbac --active 输出的角色。",
    ),
    "no_namespace": (
        "There is no namespace {namespace} ({error}): create it, or name another by the target's option "
        "namespace=.",
        "命名空间 {namespace} 不存在（{error}）：请创建，或用目标的选项 namespace= 指定其他命名空间。",
    ),
    "quota": (
        "A quota of the namespace {namespace} leaves no room for a {kind} ({error}): make room, or name "
        "another namespace by the target's option namespace=.",
        "命名空间 {namespace} 的配额不允许再创建 {kind}（{error}）：请腾出配额，或用目标的选项 namespace= "
        "指定其他命名空间。",
    ),
    "refused": (
        "The cluster did not take the {kind} in the namespace {namespace} ({error}): see which admission "
        "policy says so, or name a namespace that allows it by the target's option namespace=.",
        "集群拒绝在命名空间 {namespace} 中创建 {kind}（{error}）：请查看是哪条准入策略，或用目标的选项 "
        "namespace= 指定允许的命名空间。",
    ),
    "no_uid": (
        "The server took {name} and gave it no uid, so nothing can be owned by it: see what stands between "
        "here and the API server.",
        "服务器接受了 {name}，但未给出 uid，无法由其拥有其他对象：请检查本机与 API 服务器之间的设备。",
    ),
    "no_pods": (
        "The pods of this check could not be read ({error}): see whether the account's rights were "
        "withdrawn meanwhile.",
        "无法读取本检查的 Pod（{error}）：请检查账号权限是否在此期间被收回。",
    ),
    "no_log": (
        "The log of {pod} could not be read ({error}): see whether the API server reaches the node's "
        "kubelet on port 10250.",
        "无法读取 {pod} 的日志（{error}）：请检查 API 服务器能否连到该节点 kubelet 的 10250 端口。",
    ),
    "no_result": (
        "{pod} ended without telling its result: see its log in the evidence, and whether the target's "
        "image has a POSIX shell.",
        "{pod} 已结束但未给出结果：请查看证据中的日志，并确认目标的镜像带有 POSIX shell。",
    ),
    "no_tool": (
        "The image of {pod} has no {tool}: name one that has by the target's options (image=, fio_image=, "
        "cuda_image=).",
        "{pod} 的镜像中没有 {tool}：请用目标的选项（image=、fio_image=、cuda_image=）指定带有该工具的镜像。",
    ),
    "no_image": (
        "{node} could not get the image {image} for {pod} ({why}): load it there, or name one that the "
        "nodes can pull by the target's options (image=, fio_image=, cuda_image=).",
        "{node} 无法获取 {pod} 的镜像 {image}（{why}）：请在该节点导入，或用目标的选项"
        "（image=、fio_image=、cuda_image=）指定节点可拉取的镜像。",
    ),
    "not_started": (
        "{node} could not start {pod} with the image {image} ({why}): put right what the kubelet names.",
        "{node} 无法以镜像 {image} 启动 {pod}（{why}）：请按 kubelet 给出的原因处理。",
    ),
    "taken_down": (
        "{pod} was taken down on {node} before it was done ({why}): see what the node lacks, and run it "
        "again.",
        "{pod} 在 {node} 上未完成就被终止（{why}）：请查看节点缺少何种资源，然后重试。",
    ),
    "gone": (
        "{pod} was removed by somebody else before it was done: see which controller or person removes "
        "pods there, and run it again.",
        "{pod} 未完成就被他人删除：请查明是哪个控制器或人员删除该处的 Pod，然后重试。",
    ),
    "unfinished": (
        "{pod} still ran on {node} when its time was over: give the check more seconds, or see why the "
        "node is so slow.",
        "时限已到而 {pod} 仍在 {node} 上运行：请延长检查时间，或查看该节点为何如此缓慢。",
    ),
    "ended": (
        "{pod} ended on {node} before it should ({why}): see its log in the evidence.",
        "{pod} 在 {node} 上提前结束（{why}）：请查看证据中的日志。",
    ),
    "unschedulable": (
        "The scheduler found no place for {pod} ({why}): make room, or lift what keeps it off.",
        "调度器无法放置 {pod}（{why}）：请腾出资源，或解除阻止其调度的限制。",
    ),
    "never_started": (
        "{pod} did not start in time (node {node}, {why}): see kubectl describe pod while it is tried, and "
        "whether the image {image} takes long to pull.",
        "{pod} 未能及时启动（节点 {node}，{why}）：请在运行期间用 kubectl describe pod 查看，并检查镜像 "
        "{image} 是否拉取过慢。",
    ),
    "left": (
        "{namespace}/{name} could not be removed: the cluster removes it itself {seconds} s after it "
        "began, or now by kubectl -n {namespace} delete job {name}.",
        "无法删除 {namespace}/{name}：集群会在其启动 {seconds} 秒后自行清理，也可立即执行 kubectl -n "
        "{namespace} delete job {name}。",
    ),
    "swept": (
        "Removed first what killed runs had left in {namespace}: {names}.",
        "已先清理 {namespace} 中被中断的运行的残留：{names}。",
    ),
    "one_node": (
        "The cluster has one node only ({node}): there is nothing to be reached between nodes.",
        "集群只有一个节点（{node}）：不存在跨节点访问。",
    ),
    "few_nodes": (
        "Only {able} of {total} nodes can take a pod now (ready, not cordoned, no taint of its own kind): "
        "see kubectl get nodes, and run it again.",
        "{total} 个节点中目前只有 {able} 个能接收 Pod（就绪、未被隔离、无专用污点）：请查看 kubectl get "
        "nodes 后重试。",
    ),
    "no_cluster_ip": (
        "The Service {name} got no cluster IP: see whether the cluster's range of service addresses is "
        "used up.",
        "Service {name} 未获得 ClusterIP：请检查集群的 Service 地址段是否已用尽。",
    ),
    "pair_silent": (
        "{pair} told nothing: {why}",
        "{pair} 没有结果：{why}",
    ),
    "pair_failed": (
        "{pair} failed: {what}.",
        "{pair} 失败：{what}。",
    ),
    "no_node": (
        "None of {total} nodes can take a pod now (ready, not cordoned, no taint of its own kind): see "
        "kubectl get nodes, and run it again.",
        "{total} 个节点目前都不能接收 Pod（就绪、未被隔离、无专用污点）：请查看 kubectl get nodes 后重试。",
    ),
    "other_policies": (
        "The namespace {namespace} has policies of its own that pick every pod ({names}), and rules add "
        "up: name a namespace without any by the target's option namespace=.",
        "命名空间 {namespace} 已有选中所有 Pod 的策略（{names}），规则会叠加：请用目标的选项 namespace= 指"
        "定没有策略的命名空间。",
    ),
    "not_even_before": (
        "In the namespace {namespace} one pod could not call another even before there was a policy, so a "
        "refusal proves nothing: see network.pods, and which cluster-wide policies hold there.",
        "在命名空间 {namespace} 中，策略创建之前 Pod 之间就无法访问，因此被拒绝不能说明问题：请先看 "
        "network.pods，并检查对其生效的集群级策略。",
    ),
    "no_class": (
        "There is no StorageClass {name}: name one that there is ({known}) by the target's option "
        "storage_class=.",
        "没有名为 {name} 的 StorageClass：请用目标的选项 storage_class= 指定现有的一个（{known}）。",
    ),
    "no_default_class": (
        "The cluster has no default StorageClass: name one of {known} by the target's option storage_class=.",
        "集群没有默认 StorageClass：请用目标的选项 storage_class= 从 {known} 中指定一个。",
    ),
    "class_keeps": (
        "The StorageClass {name} keeps its volumes (reclaimPolicy {policy}), so what a check makes there "
        "would stay: name one with Delete by the target's option storage_class=.",
        "StorageClass {name} 会保留卷（reclaimPolicy {policy}），检查创建的卷将无法清理：请用目标的选项 "
        "storage_class= 指定策略为 Delete 的类。",
    ),
    "no_volume": (
        "The StorageClass {name} made no volume ({why}): see its provisioner, or name a class that can by "
        "the target's option storage_class=.",
        "StorageClass {name} 未能创建卷（{why}）：请检查其 provisioner，或用目标的选项 storage_class= 指定"
        "可用的类。",
    ),
    "not_written": (
        "The pod on {node} could not write to the volume ({why}): see the rights on its root (the pod is "
        "user and group 65534 and asks for that fsGroup) and the space left.",
        "{node} 上的 Pod 无法写入该卷（{why}）：请检查卷根目录的权限（Pod 以用户和组 65534 运行，并设置了相"
        "应的 fsGroup）以及剩余空间。",
    ),
    "multi_attach": (
        "{node} could not attach the volume of {name} while another node had it ({why}): the class is none "
        "for sharing.",
        "{name} 的卷已被其他节点挂载，{node} 无法挂载（{why}）：该类不支持共享。",
    ),
    "unseen": (
        "On {node}, {count} files of other pods were not seen within {seconds} s.",
        "{node} 在 {seconds} 秒内未看到其他 Pod 写入的 {count} 个文件。",
    ),
    "no_fio_image": (
        "No image with fio is known: name one that the nodes can pull by the target's option fio_image=.",
        "未知哪个镜像带有 fio：请用目标的选项 fio_image= 指定节点可拉取的镜像。",
    ),
    "fio_failed": (
        "fio could not {way} on the volume ({why}): see the space left on it, and whether it takes direct "
        "I/O.",
        "fio 无法在该卷上执行 {way}（{why}）：请检查剩余空间以及该卷是否支持直接 I/O。",
    ),
    "no_cuda_image": (
        "No image with CUDA is known, and no pod has a GPU whose image could be taken: name one by the "
        "target's option cuda_image=.",
        "未知哪个镜像带有 CUDA，也没有正在使用 GPU 的 Pod 可借用其镜像：请用目标的选项 cuda_image= 指定。",
    ),
    "no_nvidia_node": (
        "None of {total} nodes has an NVIDIA GPU: there is no CUDA to be tested.",
        "{total} 个节点都没有 NVIDIA GPU：没有可测试的 CUDA。",
    ),
    "no_free_gpu": (
        "No free GPU on {names}: every one is in use, so nothing was started there.",
        "{names} 上没有空闲 GPU：全部在用，因此未启动任何测试。",
    ),
    "no_able_node": (
        "{names} cannot run a pod with a GPU now (not ready, a taint of its state, or no nvidia.com "
        "resource to hand out): see the device plugin there, and run it again.",
        "{names} 目前无法运行带 GPU 的 Pod（未就绪、带有状态污点，或没有可分配的 nvidia.com 资源）：请检查"
        "其设备插件后重试。",
    ),
    "engine_image": (
        "Tested with the image of the running engines, {image}.",
        "使用正在运行的推理引擎的镜像 {image} 进行测试。",
    ),
    "cuda_untold": (
        "{node} could not run the test's own kernel ({why}): name an image with NVIDIA's vectorAdd sample "
        "by the target's option cuda_image=.",
        "{node} 无法运行测试自带的内核（{why}）：请用目标的选项 cuda_image= 指定带有 NVIDIA vectorAdd 示例"
        "的镜像。",
    ),
    "no_libcuda": (
        "The pod on {node} had a GPU and no libcuda.so.1: name the RuntimeClass that brings it along by "
        "the target's option runtime_class=, or make NVIDIA's runtime the default one there.",
        "{node} 上的 Pod 分到了 GPU 却没有 libcuda.so.1：请用目标的选项 runtime_class= 指定会注入它的 "
        "RuntimeClass，或将 NVIDIA 运行时设为该节点默认。",
    ),
    "node_silent": (
        "{node} told nothing: {why}",
        "{node} 没有结果：{why}",
    ),
    "node_failed": (
        "CUDA failed on {node}: {why}",
        "{node} 上 CUDA 失败：{why}",
    ),
    "nodes_busy": (
        "No free GPU, or cordoned, and so not tested: {count} nodes ({names}).",
        "没有空闲 GPU 或已被隔离，未测试：{count} 个节点（{names}）。",
    ),
    "nodes_left": (
        "Beyond what was asked for, and so not tested: {count} nodes ({names}); raise the parameter most.",
        "超出测试数量上限，未测试：{count} 个节点（{names}）；请调大参数 most。",
    ),
    "nodes_unable": (
        "Not ready, or without an nvidia.com resource to hand out, and so not tested: {count} nodes "
        "({names}).",
        "未就绪或没有可分配的 nvidia.com 资源，未测试：{count} 个节点（{names}）。",
    ),
    "active_help": (
        "With --rbac: print the role of the checks that create pods, to be bound in one namespace.",
        "与 --rbac 合用：输出需要创建 Pod 的检查所用的角色，应只绑定到一个命名空间。",
    ),
}
