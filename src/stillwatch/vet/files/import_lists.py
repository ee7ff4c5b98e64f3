"""THE LIST: what a pickle may import. Everything else is refused, or unknown.

A line is a module and the names that may be taken from it. What stands here builds data and
nothing else: no name on it opens, runs, imports or fetches anything, whatever it is called with.
A name of the standard library that is not here is called malicious, for models need none; a name of
another package that is not here is unknown.
"""

from __future__ import annotations

from typing import Final

_ALLOWED = """
builtins: bool bytearray bytes complex dict float frozenset int list object range set slice str tuple Ellipsis NotImplemented
collections: OrderedDict defaultdict deque Counter
datetime: date datetime time timedelta timezone
decimal: Decimal
fractions: Fraction
uuid: UUID
pathlib: Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath
argparse: Namespace
types: SimpleNamespace
copyreg: _reconstructor __newobj__
_codecs: encode
functools: partial
array: array _array_reconstructor
ipaddress: IPv4Address IPv6Address
numpy: dtype ndarray matrix recarray bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 str_ bytes_ void datetime64 timedelta64
numpy.core.multiarray: _reconstruct scalar
numpy._core.multiarray: _reconstruct scalar
numpy.core.numeric: _frombuffer
numpy._core.numeric: _frombuffer
numpy.ma.core: _mareconstruct MaskedArray
numpy.random: RandomState Generator
numpy.random._pickle: __randomstate_ctor __generator_ctor __bit_generator_ctor
numpy.random._mt19937: MT19937
numpy.random._pcg64: PCG64
numpy.random.mtrand: RandomState
numpy.random.bit_generator: SeedSequence __pyx_unpickle_SeedSequence
numpy.dtypes: BoolDType Int8DType Int16DType Int32DType Int64DType UInt8DType UInt16DType UInt32DType UInt64DType Float16DType Float32DType Float64DType ObjectDType StrDType
torch: Size device dtype Tensor float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 bool half float double long BoolStorage ByteStorage CharStorage ShortStorage IntStorage LongStorage HalfStorage FloatStorage DoubleStorage BFloat16Storage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage QInt32Storage QUInt2x4Storage QUInt4x2Storage
torch._utils: _rebuild_tensor _rebuild_tensor_v2 _rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor _rebuild_meta_tensor_no_storage
torch._tensor: _rebuild_from_type_v2
torch.storage: UntypedStorage TypedStorage _UntypedStorage _TypedStorage
torch.serialization: _get_layout
torch.nn.parameter: Parameter Buffer UninitializedParameter
scipy.sparse: csr_matrix csc_matrix coo_matrix csr_array csc_array coo_array
scipy.sparse._csr: csr_matrix csr_array
scipy.sparse._csc: csc_matrix csc_array
scipy.sparse._coo: coo_matrix coo_array
joblib.numpy_pickle: NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper
joblib.numpy_pickle_compat: NDArrayWrapper ZNDArrayWrapper
sklearn.tree._tree: Tree
sklearn.utils._bunch: Bunch
sklearn.utils: Bunch
sklearn.neighbors._kd_tree: KDTree newObj
sklearn.neighbors._ball_tree: BallTree newObj
sklearn.metrics._dist_metrics: DistanceMetric EuclideanDistance64 EuclideanDistance newObj
sklearn._loss._loss: CyHalfBinomialLoss CyHalfSquaredError CyHalfMultinomialLoss
sklearn.linear_model._sgd_fast: Hinge Log Huber
transformers.trainer_utils: HubStrategy IntervalStrategy SchedulerType SaveStrategy EvaluationStrategy
transformers.training_args: TrainingArguments OptimizerNames
transformers.training_args_seq2seq: Seq2SeqTrainingArguments
accelerate.state: PartialState
accelerate.utils.dataclasses: DistributedType DeepSpeedPlugin
"""

#: packages whose classes of these forms build data: package prefix, for names like ``StandardScaler``.
CLASSES_OF: Final = (
    "sklearn.cluster.", "sklearn.compose.", "sklearn.covariance.", "sklearn.cross_decomposition.",
    "sklearn.decomposition.", "sklearn.discriminant_analysis", "sklearn.dummy",
    "sklearn.ensemble.", "sklearn.feature_extraction.", "sklearn.feature_selection.",
    "sklearn.gaussian_process.", "sklearn.impute.", "sklearn.isotonic", "sklearn.kernel_ridge",
    "sklearn.linear_model.", "sklearn.manifold.", "sklearn.mixture.", "sklearn.model_selection.",
    "sklearn.multiclass", "sklearn.naive_bayes", "sklearn.neighbors.", "sklearn.neural_network.",
    "sklearn.pipeline", "sklearn.preprocessing.", "sklearn.svm.", "sklearn.tree.",
    "sklearn.calibration", "sklearn.random_projection", "sklearn._loss.", "torch.nn.modules.",
)  # fmt: skip

#: modules outside the standard library of which a name runs, loads, imports or fetches.
DANGEROUS: Final = frozenset("""
IPython aiohttp cloudpickle cffi dill distutils doctest fsspec gdown httpx invoke
jinja2 keyring lib2to3 nose numba paramiko pexpect pip pkg_resources pty py pytest requests setuptools sh
triton urllib3 virtualenv websocket wheel
numpy.__builtins__ numpy.ctypeslib numpy.distutils numpy.f2py numpy.testing numpy.core._utils
numpy.load numpy.loads numpy.loadtxt numpy.genfromtxt numpy.fromfile numpy.save numpy.savez numpy.savetxt
numpy.lib.npyio numpy.lib.utils numpy.lib._npyio_impl numpy.memmap
torch.load torch.compile torch._C torch._dynamo torch._inductor torch.compiler torch.cuda._utils torch.distributed
torch.fx torch.hub torch.jit torch.multiprocessing torch.package torch.serialization.load torch.testing
torch.utils._config_module torch.utils.bottleneck torch.utils.collect_env torch.utils.cpp_extension
torch.utils.data torch.utils.model_dump torch.utils.model_zoo torch.onnx torch.export torch._export
pandas.core.computation pandas.io pandas.eval pandas.read_clipboard pandas.read_csv pandas.read_json
pandas.read_pickle pandas.read_sql pandas.read_html pandas.read_xml pandas.read_parquet pandas.read_table
joblib.load joblib.numpy_pickle.load joblib.memory joblib.externals sklearn.utils._testing
sklearn.externals sklearn.datasets transformers.pipeline transformers.dynamic_module_utils
transformers.models transformers.utils huggingface_hub datasets.load_dataset keras.models keras.saving
tensorflow.keras.models tensorflow.io tensorflow.python.ops.io_ops tensorflow.py_function
scipy.io scipy.weave setuptools.sandbox statsmodels.iolib mlflow ray.cloudpickle
""".split())  # fmt: skip


def _read(text: str) -> frozenset[tuple[str, str]]:
    found = set()
    for line in text.strip().splitlines():
        module, _, names = line.partition(":")
        found |= {(module, name) for name in names.split()}
    return frozenset(found)


ALLOWED: Final = _read(_ALLOWED)
