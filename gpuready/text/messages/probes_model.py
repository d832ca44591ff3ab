"""What the probes of model files, graphs and versions say."""

MESSAGES = {
    "no_path": (
        "{address} is no path of this machine: give the model target a file or folder that is mounted here.",
        "{address} 不是本机路径：请为 model 目标填写本机已挂载的文件或目录。",
    ),
    "no_file": (
        "{path} is not there: correct the path, or measure on the node that holds the model.",
        "{path} 不存在：请更正路径，或在存有该模型的节点上测量。",
    ),
    "no_rights": (
        "{path} may not be read by this user: allow it (chmod o+rX or the group of the models), or run "
        "as its owner.",
        "当前用户无权读取 {path}：请放开权限（chmod o+rX 或加入模型所属组），或以其属主身份运行。",
    ),
    "many_files": (
        "Below {path} are more than {most} entries: give the folder of one model.",
        "{path} 下的条目超过 {most} 个：请指向单个模型的目录。",
    ),
    "no_onnx": (
        "{path} cannot be read, as the onnx package is not installed here: pip install onnx into "
        "gpuready's environment.",
        "无法读取 {path}：此处未安装 onnx 软件包，请在 gpuready 的环境中执行 pip install onnx。",
    ),
    "too_large": (
        "{path} is larger than {limit} GiB, more than an ONNX file can be: save its weights as external "
        "data and name the .onnx file.",
        "{path} 超过 {limit} GiB，已超出 ONNX 单文件上限：请将权重另存为 external data，并指向其 .onnx 文"
        "件。",
    ),
    "reader_died": (
        "The process that reads {path} ended with {code} and no answer: the file is damaged or needs "
        "more memory than there is; see the evidence.",
        "读取 {path} 的进程以 {code} 结束且没有结果：文件已损坏或内存不足，请查看证据。",
    ),
    "bad_onnx": (
        "{path} is no valid ONNX file ({why}): export it again.",
        "{path} 不是有效的 ONNX 文件（{why}）：请重新导出。",
    ),
    "newer_onnx": (
        "{path} uses opset {opset}, newer than the onnx package here: upgrade the package to check it.",
        "{path} 使用 opset {opset}，比此处的 onnx 软件包新：请升级该软件包后再检查。",
    ),
    "many_onnx": (
        "There are {count} ONNX files, the first {most} were checked: give the folder of one model.",
        "共有 {count} 个 ONNX 文件，仅检查了前 {most} 个：请指向单个模型的目录。",
    ),
    "bad_engine": (
        "{path} does not begin as a TensorRT engine does: it is damaged, or a tool put its own header "
        "before it; build it again with trtexec --saveEngine.",
        "{path} 的开头不是 TensorRT 引擎格式：文件已损坏，或被某工具加了自己的文件头；请用 trtexec "
        "--saveEngine 重新构建。",
    ),
    "engine_unproved": (
        "{path} looks like a TensorRT engine, but only the GPU and TensorRT version that it was built "
        "for can load it: run trtexec --loadEngine={path} there and enter the result.",
        "{path} 形似 TensorRT 引擎，但只有与构建时相同的 GPU 与 TensorRT 版本才能加载：请在该处运行 "
        "trtexec --loadEngine={path} 并录入结果。",
    ),
    "weights_missing": (
        "The weights are not whole; missing or cut off: {names}. Download them again.",
        "权重不完整，缺失或被截断：{names}。请重新下载。",
    ),
    "only_weights": (
        "Here are only safetensors ({count}), which vLLM, SGLang and TGI load as they are: if one of "
        "them serves, waive this or mark it n/a.",
        "此处只有 safetensors 权重（{count} 个），vLLM、SGLang、TGI 可直接加载：若由其提供服务，请豁免此"
        "项或标为不适用。",
    ),
    "config_names": (
        "{path} names the file {name}, which is not there: Triton will not load this model.",
        "{path} 引用的文件 {name} 不存在：Triton 将无法加载该模型。",
    ),
    "no_pair": (
        "Two ONNX files are needed: set the model target's options before=FILE (as exported) and "
        "after=FILE (as optimised).",
        "需要两个 ONNX 文件：请为 model 目标设置选项 before=文件（导出时）与 after=文件（优化后）。",
    ),
    "same_file": (
        "before and after are the same file, {path}: name the file as it was before the optimisation.",
        "before 与 after 是同一个文件 {path}：请指定优化之前的文件。",
    ),
    "other_model": (
        "The two files are not the same model, as their inputs and outputs differ ({before} against "
        "{after}): correct the options before and after.",
        "两个文件不是同一个模型，其输入输出不同（{before} 对 {after}）：请更正选项 before 与 after。",
    ),
    "empty_graph": (
        "{path} has no operators: name the exported model.",
        "{path} 中没有任何算子：请指定导出的模型。",
    ),
    "still_foldable": (
        "{count} operators of the optimised file still depend on constants only: onnxsim or polygraphy "
        "surgeon sanitize --fold-constants would remove them.",
        "优化后的文件仍有 {count} 个算子只依赖常量：可用 onnxsim 或 polygraphy surgeon sanitize "
        "--fold-constants 消除。",
    ),
    "bad_pattern": (
        "The option version_pattern is no regular expression ({pattern}: {why}): correct it.",
        "选项 version_pattern 不是有效的正则表达式（{pattern}：{why}）：请更正。",
    ),
    "none_served": (
        "{address} serves no model at the moment: load one, or look in its log why it did not.",
        "{address} 当前没有提供任何模型：请加载模型，或查看其日志中的失败原因。",
    ),
    "unversioned": (
        "Neither name nor path tells the version of {names}: serve it under a name such as NAME-v3 "
        "(vLLM: --served-model-name) or from a pinned revision, or set the option version_pattern to "
        "your way of naming.",
        "{names} 的名称与路径都看不出版本：请以 名称-v3 之类的名字提供（vLLM：--served-model-name）或固定"
        " revision，也可用选项 version_pattern 说明本地命名规则。",
    ),
    "nothing_expected": (
        "It is not known what should be served here: set the option expect=NAME (or NAME:VERSION, "
        "several with commas).",
        "尚不知道此处应提供哪些模型：请设置选项 expect=名称（或 名称:版本，多个以逗号分隔）。",
    ),
    "not_expected": (
        "Expected and not served: {missing}; served and not expected: {extra}.",
        "应提供而未提供：{missing}；未预期而在提供：{extra}。",
    ),
    "no_config": (
        "Nothing is set to compare the configuration with: set options such as "
        "expect.max_model_len=8192, or sums=FILE with the sha256sum of the registered files.",
        "没有可对照的配置：请设置如 expect.max_model_len=8192 的选项，或用 sums=文件 给出登记文件的 "
        "sha256sum。",
    ),
    "field_untold": (
        "The engine does not tell {field}, so it cannot be compared: take the option expect.{field} "
        "away, or start the engine so that it tells.",
        "引擎没有给出 {field}，无法对照：请删去选项 expect.{field}，或让引擎公开该项。",
    ),
    "field_differs": (
        "{field} is {found}, {want} was expected.",
        "{field} 为 {found}，预期为 {want}。",
    ),
    "sums_unread": (
        "{path} could not be compared ({why}): correct the options sums and folder, or measure on the "
        "node that holds the files.",
        "无法对照 {path}（{why}）：请更正选项 sums 与 folder，或在存有这些文件的节点上测量。",
    ),
    "sums_differ": (
        "These files are missing or differ from the registered sums: {names}.",
        "下列文件缺失或与登记的校验和不符：{names}。",
    ),
}
