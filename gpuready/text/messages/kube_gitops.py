"""What the checks of GitOps say."""

MESSAGES = {
    "nothing": (
        "No Argo CD Application and no Flux Kustomization or HelmRelease exists in this cluster: let one "
        "of them deploy what runs here.",
        "集群中没有 Argo CD Application，也没有 Flux Kustomization 或 HelmRelease：请用其一部署集群内容。",
    ),
    "out_of_sync": (
        "Out of step with the repository: {names}.",
        "与仓库不同步：{names}。",
    ),
    "unhealthy": (
        "Not healthy: {names}.",
        "状态不健康：{names}。",
    ),
    "environments": (
        "Taken for environments by their names: {names}.",
        "按名称认定的环境：{names}。",
    ),
    "missing": (
        "No namespace, GitOps object or configured cluster is called by these environments: {names}; "
        "configure the other clusters as targets if they live there.",
        "没有命名空间、GitOps 对象或已配置的集群以下列环境命名：{names}；若在其他集群，请将其配置为目标。",
    ),
    "no_history": (
        "No Argo CD Application remembers a sync with its start, so no deployment time is known: enter the "
        "figure from the pipeline.",
        "没有 Argo CD Application 保留带开始时间的同步历史，部署耗时未知：请填入流水线的数字。",
    ),
    "no_commit_time": (
        "The cluster does not know when a commit was made: only the last {count} syncs were timed, and the "
        "whole way takes longer; enter the figure from the pipeline.",
        "集群不知道提交时间：只统计了最近 {count} 次同步，全程耗时更长；请填入流水线的数字。",
    ),
    "no_rollback": (
        "No Argo CD Application remembers a rollback (a sync to a revision left before): run the drill.",
        "没有 Argo CD Application 的历史中有回滚（同步到先前离开的版本）：请做演练。",
    ),
    "rollback": (
        "Judged by the rollback of {name} at {at}.",
        "依据 {name} 于 {at} 的回滚评判。",
    ),
    "not_followed": (
        "When the Application was Healthy again is not told, so the rollback took at least this long: run "
        "the drill.",
        "未记录应用何时恢复 Healthy，回滚耗时不少于此值：请做演练。",
    ),
}
