"""The panel of a cluster."""

MESSAGES = {
    "unread": (
        "{count} objects of {resource} are not shaped as the API has them and are left out: see what wrote "
        "them with kubectl get {resource} -o yaml.",
        "{resource} 中有 {count} 个对象不符合 API 的格式，未予显示：请用 kubectl get {resource} -o yaml 查看其"
        "来源。",
    ),
}
