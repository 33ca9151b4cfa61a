"""Nodes of ai.onnx.ml."""

import zlib

import numpy as np
from onnx import helper, numpy_helper


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def floats(r, *shape):
    return r.standard_normal(shape).astype(np.float32)


def strings(*values):
    return np.array(values, dtype=object)


def trees(r, trees, depth, features, targets, prefix, modes=("BRANCH_LEQ",), missing=False):
    """Attributes of complete trees whose leaves give every target of `targets` a weight."""
    a = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")}
    leaves = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    for tree in range(trees):
        for node in range(2 ** (depth + 1) - 1):
            is_leaf = node >= 2**depth - 1
            a["treeids"].append(tree)
            a["nodeids"].append(node)
            a["featureids"].append(0 if is_leaf else int(r.integers(features)))
            a["values"].append(0.0 if is_leaf else float(np.float32(np.round(r.standard_normal(), 1))))
            a["modes"].append("LEAF" if is_leaf else modes[int(r.integers(len(modes)))])
            a["truenodeids"].append(0 if is_leaf else 2 * node + 1)
            a["falsenodeids"].append(0 if is_leaf else 2 * node + 2)
            a["missing_value_tracks_true"].append(int(r.integers(2)) if missing and not is_leaf else 0)
            if is_leaf:
                for target in targets:
                    leaves["treeids"].append(tree)
                    leaves["nodeids"].append(node)
                    leaves["ids"].append(target)
                    leaves["weights"].append(float(np.float32(r.standard_normal())))
    if not missing:
        del a["missing_value_tracks_true"]
    result = {"nodes_" + k: v for k, v in a.items()}
    result.update({prefix + "_" + k: v for k, v in leaves.items()})
    return result


def ml_cases():
    for group in (features, encoders, linear, vectors, regression_trees, classification_trees, ensembles):
        for case in group():
            case.setdefault("domain", "ai.onnx.ml")
            case["name"] = "test_ml_" + case["name"]
            yield case


def features():
    r = rng("features")
    for kind in (np.float32, np.float64, np.int64, np.int32):
        x = (r.standard_normal((3, 4)) * 5).astype(kind)
        yield dict(name=f"array_feature_extractor_{kind.__name__}", op="ArrayFeatureExtractor", inputs=[x, np.array([2, 0, 2], np.int64)])
        yield dict(
            name=f"scaler_{kind.__name__}", op="Scaler", inputs=[x],
            attributes=dict(offset=[0.5, 1.0, -1.0, 2.0], scale=[2.0, 0.5, 1.5, -1.0]))
        for norm in ("MAX", "L1", "L2"):
            yield dict(name=f"normalizer_{norm.lower()}_{kind.__name__}", op="Normalizer", inputs=[x], attributes=dict(norm=norm))
    yield dict(name="array_feature_extractor_vector", op="ArrayFeatureExtractor", inputs=[floats(r, 5), np.array([[1, 3]], np.int64)])
    yield dict(
        name="array_feature_extractor_strings", op="ArrayFeatureExtractor",
        inputs=[strings("a", "b", "c", "d").reshape(2, 2), np.array([1], np.int64)])
    yield dict(name="scaler_one", op="Scaler", inputs=[floats(r, 3, 4)], attributes=dict(offset=[0.5], scale=[3.0]))
    yield dict(name="scaler_vector", op="Scaler", inputs=[floats(r, 3)], attributes=dict(offset=[0.5, 1, 2], scale=[3.0, 1, 2]))
    for norm in ("MAX", "L1", "L2"):
        yield dict(name=f"normalizer_{norm.lower()}_vector", op="Normalizer", inputs=[floats(r, 4)], attributes=dict(norm=norm))
        x = floats(r, 3, 4)
        x[1] = 0
        x[2] = -np.abs(x[2])
        yield dict(name=f"normalizer_{norm.lower()}_zero", op="Normalizer", inputs=[x], attributes=dict(norm=norm))
    yield dict(name="binarizer", op="Binarizer", inputs=[floats(r, 3, 4)], attributes=dict(threshold=0.3))
    yield dict(name="binarizer_default", op="Binarizer", inputs=[floats(r, 2, 3, 4)])
    x = floats(r, 3, 4)
    x[0, 1] = x[2, 2] = np.nan
    yield dict(
        name="imputer_nan", op="Imputer", inputs=[x],
        attributes=dict(imputed_value_floats=[1.0, 2.0, 3.0, 4.0], replaced_value_float=float("nan")))
    yield dict(
        name="imputer_one", op="Imputer", inputs=[np.array([[1, 5], [5, 2]], np.float32)],
        attributes=dict(imputed_value_floats=[9.0], replaced_value_float=5.0))
    yield dict(
        name="imputer_integers", op="Imputer", inputs=[np.array([[1, 5], [5, 5]], np.int64)],
        attributes=dict(imputed_value_int64s=[7, 8], replaced_value_int64=5))
    yield dict(
        name="feature_vectorizer", op="FeatureVectorizer", inputs=[floats(r, 3, 2), floats(r, 3, 3)], attributes=dict(inputdimensions=[3, 2]))
    yield dict(
        name="feature_vectorizer_vector", op="FeatureVectorizer", inputs=[np.arange(3, dtype=np.int32), np.arange(2, dtype=np.int32)],
        attributes=dict(inputdimensions=[3, 2]))


def encoders():
    names = strings("a", "b", "d", "c", "g")
    yield dict(
        name="label_encoder_v1_strings", op="LabelEncoder", inputs=[names], attributes=dict(classes_strings=["a", "b", "c"], default_int64=7))
    yield dict(
        name="label_encoder_v1_integers", op="LabelEncoder", inputs=[np.array([2, 0, 5], np.int64)],
        attributes=dict(classes_strings=["a", "b", "c"], default_string="?"))
    for version in (2, 4):
        v = f"label_encoder_v{version}_"
        yield dict(
            name=v + "string_int", op="LabelEncoder", version=version, inputs=[names],
            attributes=dict(keys_strings=["a", "b", "c"], values_int64s=[3, 1, 4], default_int64=42))
        yield dict(
            name=v + "int_string", op="LabelEncoder", version=version, inputs=[np.array([[3, 1], [9, 4]], np.int64)],
            attributes=dict(keys_int64s=[3, 1, 4], values_strings=["x", "y", "z"]))
        # Version 2 finds no NaN in ONNX Runtime; the specification does not say.
        x = [0.5, 7, 2, -0.0] if version == 2 else [0.5, np.nan, 2, -0.0]
        yield dict(
            name=v + "float_float", op="LabelEncoder", version=version, inputs=[np.array(x, np.float32)],
            attributes=dict(keys_floats=[0.5, float("nan"), 0.0], values_floats=[1.5, 2.5, 3.5]))
        yield dict(
            name=v + "float_string", op="LabelEncoder", version=version, inputs=[np.array([0.5, 1], np.float32)],
            attributes=dict(keys_floats=[0.5], values_strings=["half"], default_string="other"))
    tensors = dict(
        keys_tensor=numpy_helper.from_array(np.array([1.5, np.nan]), "k"), values_tensor=numpy_helper.from_array(np.array([10.5, 20.5]), "v"),
        default_tensor=numpy_helper.from_array(np.array([-1.0]), "d"))
    yield dict(
        name="label_encoder_v4_tensors", op="LabelEncoder", version=4, inputs=[np.array([np.nan, 1.5, 3.0])], attributes=tensors)
    yield dict(
        name="category_mapper_strings", op="CategoryMapper", inputs=[names],
        attributes=dict(cats_int64s=[10, 20, 30], cats_strings=["a", "b", "c"], default_int64=-5))
    yield dict(
        name="category_mapper_integers", op="CategoryMapper", inputs=[np.array([[10, 30], [5, 20]], np.int64)],
        attributes=dict(cats_int64s=[10, 20, 30], cats_strings=["a", "b", "c"]))
    yield dict(name="one_hot_encoder_strings", op="OneHotEncoder", inputs=[names], attributes=dict(cats_strings=["a", "c", "d"]))
    for kind in (np.int64, np.float32, np.float64):
        yield dict(
            name=f"one_hot_encoder_{kind.__name__}", op="OneHotEncoder", inputs=[np.array([[1, 2], [7, 3]], kind)],
            attributes=dict(cats_int64s=[1, 3, 7]))
    yield dict(
        name="one_hot_encoder_known", op="OneHotEncoder", inputs=[np.array([1, 3], np.int64)], attributes=dict(cats_int64s=[1, 3], zeros=0))


TRANSFORMS = ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT")


def linear():
    r = rng("linear")
    for transform in TRANSFORMS:
        t = transform.lower()
        scale = 0.1 if transform == "PROBIT" else 1
        shift = 0.5 if transform == "PROBIT" else 0
        for targets in (1, 3):
            yield dict(
                name=f"linear_regressor_{targets}_{t}", op="LinearRegressor", inputs=[floats(r, 4, 5)],
                attributes=dict(
                    coefficients=(floats(r, targets * 5) * scale).tolist(), intercepts=(floats(r, targets) * scale + shift).tolist(),
                    targets=targets, post_transform=transform))
        yield dict(
            name=f"linear_classifier_3_{t}", op="LinearClassifier", inputs=[floats(r, 4, 5)], outputs=2,
            attributes=dict(
                coefficients=(floats(r, 15) * scale).tolist(), intercepts=(floats(r, 3) * scale + shift).tolist(),
                classlabels_ints=[3, 5, 9], post_transform=transform))
        if transform != "PROBIT":
            yield dict(
                name=f"linear_classifier_binary_{t}", op="LinearClassifier", inputs=[floats(r, 4, 5)], outputs=2,
                attributes=dict(
                    coefficients=floats(r, 5).tolist(), intercepts=floats(r, 1).tolist(), classlabels_strings=["no", "yes"],
                    post_transform=transform))
    yield dict(name="linear_regressor_plain", op="LinearRegressor", inputs=[floats(r, 4, 5)], attributes=dict(coefficients=floats(r, 5).tolist()))
    yield dict(
        name="linear_regressor_double", op="LinearRegressor", inputs=[np.arange(10, dtype=np.float32).reshape(2, 5)],
        attributes=dict(coefficients=floats(r, 5).tolist(), intercepts=[0.25]))
    yield dict(
        name="linear_classifier_int64", op="LinearClassifier", inputs=[np.arange(8, dtype=np.int64).reshape(2, 4)], outputs=2,
        attributes=dict(coefficients=floats(r, 8).tolist(), intercepts=floats(r, 2).tolist(), classlabels_strings=["a", "b"]))


KERNELS = dict(LINEAR=[0.0, 0.0, 0.0], POLY=[0.3, 0.5, 3.0], RBF=[0.2, 0.0, 0.0], SIGMOID=[0.1, 0.2, 0.0])


def vectors():
    r = rng("vectors")
    for kernel, parameters in KERNELS.items():
        k = kernel.lower()
        common = dict(kernel_type=kernel, kernel_params=parameters)
        yield dict(
            name=f"svm_regressor_{k}", op="SVMRegressor", inputs=[floats(r, 4, 3)],
            attributes=dict(
                coefficients=floats(r, 6).tolist(), n_supports=6, rho=[0.3], support_vectors=floats(r, 18).tolist(), **common))
        for per_class in ([2, 3], [2, 3, 1], [2, 2, 1, 3]):
            classes, total = len(per_class), sum(per_class)
            pairs = classes * (classes - 1) // 2
            base = dict(
                vectors_per_class=per_class, support_vectors=floats(r, total * 3).tolist(),
                coefficients=floats(r, (classes - 1) * total).tolist(), rho=floats(r, pairs).tolist(), **common)
            labels = dict(classlabels_ints=list(range(5, 5 + classes)))
            yield dict(
                name=f"svm_classifier_{k}_{classes}", op="SVMClassifier", inputs=[floats(r, 4, 3)], outputs=2, attributes=dict(**base, **labels))
            yield dict(
                name=f"svm_classifier_{k}_{classes}_probabilities", op="SVMClassifier", inputs=[floats(r, 4, 3)], outputs=2,
                attributes=dict(
                    prob_a=(floats(r, pairs) - 1).tolist(), prob_b=floats(r, pairs).tolist(), classlabels_strings=[f"c{i}" for i in range(classes)],
                    **base))
    yield dict(
        name="svm_regressor_linear_mode", op="SVMRegressor", inputs=[floats(r, 4, 3)],
        attributes=dict(coefficients=floats(r, 3).tolist(), n_supports=0, rho=[0.3], kernel_type="LINEAR", kernel_params=[0.0, 0.0, 0.0]))
    yield dict(
        name="svm_regressor_one_class", op="SVMRegressor", inputs=[floats(r, 4, 3)],
        attributes=dict(
            coefficients=floats(r, 6).tolist(), n_supports=6, rho=[0.1], support_vectors=floats(r, 18).tolist(), one_class=1,
            kernel_type="RBF", kernel_params=[0.2, 0.0, 0.0]))
    for transform in TRANSFORMS[:4]:
        for classes in (2, 3):
            pairs = classes * (classes - 1) // 2
            yield dict(
                name=f"svm_classifier_{transform.lower()}_{classes}", op="SVMClassifier", inputs=[floats(r, 4, 3)], outputs=2,
                attributes=dict(
                    vectors_per_class=[2] * classes, support_vectors=floats(r, 6 * classes).tolist(), kernel_type="LINEAR",
                    coefficients=floats(r, (classes - 1) * 2 * classes).tolist(), rho=floats(r, pairs).tolist(),
                    classlabels_ints=list(range(classes)), post_transform=transform, kernel_params=[0.0, 0.0, 0.0]))
            yield dict(
                name=f"svm_classifier_linear_mode_{transform.lower()}_{classes}", op="SVMClassifier", inputs=[floats(r, 4, 3)], outputs=2,
                attributes=dict(
                    coefficients=floats(r, 3 * classes).tolist(), rho=[0.1], classlabels_ints=list(range(classes)), post_transform=transform,
                    kernel_params=[0.0, 0.0, 0.0]))


MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")


def regression_trees():
    r = rng("regression")
    for aggregate in ("SUM", "AVERAGE", "MIN", "MAX"):
        for targets in (1, 2):
            a = trees(r, 3, 3, 4, range(targets), "target")
            yield dict(
                name=f"tree_ensemble_regressor_{aggregate.lower()}_{targets}", op="TreeEnsembleRegressor", inputs=[floats(r, 6, 4)], version=3,
                attributes=dict(n_targets=targets, aggregate_function=aggregate, base_values=floats(r, targets).tolist(), **a))
    for mode in MODES:
        a = trees(r, 2, 3, 4, [0], "target", (mode,))
        yield dict(
            name=f"tree_ensemble_regressor_{mode.lower()}", op="TreeEnsembleRegressor", inputs=[np.round(floats(r, 8, 4), 1)],
            attributes=dict(n_targets=1, **a))
    a = trees(r, 3, 3, 4, [0], "target", missing=True)
    x = floats(r, 6, 4)
    x[r.random(x.shape) < 0.4] = np.nan
    yield dict(name="tree_ensemble_regressor_missing", op="TreeEnsembleRegressor", inputs=[x], attributes=dict(n_targets=1, **a))
    for transform in TRANSFORMS[:4]:
        for targets in (1, 3):
            a = trees(r, 3, 2, 4, range(targets), "target")
            yield dict(
                name=f"tree_ensemble_regressor_{transform.lower()}_{targets}", op="TreeEnsembleRegressor", inputs=[floats(r, 6, 4)],
                attributes=dict(n_targets=targets, post_transform=transform, **a))
    a = trees(r, 2, 2, 4, [0], "target")
    values, weights = np.array(a.pop("nodes_values")), np.array(a.pop("target_weights"))
    yield dict(
        name="tree_ensemble_regressor_tensors", op="TreeEnsembleRegressor", inputs=[r.standard_normal((5, 4))], version=3,
        attributes=dict(
            n_targets=1, nodes_values_as_tensor=numpy_helper.from_array(values, "v"),
            target_weights_as_tensor=numpy_helper.from_array(weights, "w"), base_values_as_tensor=numpy_helper.from_array(np.array([0.5]), "b"), **a))
    for kind in (np.int64, np.int32):
        a = trees(r, 2, 2, 4, [0, 1, 2], "class")
        yield dict(
            name=f"tree_ensemble_classifier_{kind.__name__}", op="TreeEnsembleClassifier", inputs=[r.integers(-3, 3, (5, 4)).astype(kind)],
            outputs=2, attributes=dict(classlabels_int64s=[4, 5, 6], **a))


def classification_trees():
    r = rng("classification")
    for transform in TRANSFORMS[:4]:
        for classes, ids in ((2, [0]), (2, [1]), (2, [0, 1]), (3, [0, 1, 2]), (4, [0, 2, 3])):
            for base in (0, 1, 2):
                if base and not (base == 2 or classes == 2):
                    continue
                a = trees(r, 3, 2, 4, ids, "class")
                if base:
                    a["base_values"] = floats(r, 1 if base == 1 else classes).tolist()
                labels = dict(classlabels_int64s=list(range(classes)))
                yield dict(
                    name=f"tree_ensemble_classifier_{transform.lower()}_{classes}_{''.join(map(str, ids))}_base{base}",
                    op="TreeEnsembleClassifier", inputs=[floats(r, 6, 4)], outputs=2, attributes=dict(post_transform=transform, **a, **labels))
    a = trees(r, 3, 2, 4, [1], "class")
    a["class_weights"] = np.abs(a["class_weights"]).tolist()
    a["class_weights"] = [w / 4 for w in a["class_weights"]]
    for transform in TRANSFORMS[:2]:
        yield dict(
            name=f"tree_ensemble_classifier_positive_{transform.lower()}", op="TreeEnsembleClassifier", inputs=[floats(r, 8, 4)], outputs=2,
            version=3, attributes=dict(classlabels_strings=["no", "yes"], post_transform=transform, **a))
    a = trees(r, 3, 2, 4, [0, 1, 2], "class")
    yield dict(
        name="tree_ensemble_classifier_strings", op="TreeEnsembleClassifier", inputs=[floats(r, 8, 4)], outputs=2,
        attributes=dict(classlabels_strings=["x", "y", "z"], **a))


def ensembles():
    r = rng("ensembles")
    for kind in (np.float32, np.float64):
        for aggregate in (0, 1, 2, 3):
            yield dict(
                name=f"tree_ensemble_{kind.__name__}_{aggregate}", op="TreeEnsemble", version=5,
                inputs=[np.round(r.standard_normal((7, 3)), 1).astype(kind)],
                attributes=dict(aggregate_function=aggregate, **ensemble(r, kind, [0, 1, 2, 3, 4, 5, 0])))
    for transform in range(4):
        yield dict(
            name=f"tree_ensemble_transform_{transform}", op="TreeEnsemble", version=5, inputs=[floats(r, 7, 3)],
            attributes=dict(post_transform=transform, **ensemble(r, np.float32, [0] * 7)),
            # ONNX Runtime 1.31.1 takes 1 for logistic and 2 for softmax; the specification has them the other way round.
            asked=dict(post_transform={1: 2, 2: 1}.get(transform, transform)))
    a = ensemble(r, np.float32, [6, 0, 6, 0, 0, 6, 0])
    a["membership_values"] = numpy_helper.from_array(np.array([1, 2, np.nan, 0, np.nan, 2, 3, np.nan], np.float32), "m")
    yield dict(name="tree_ensemble_members", op="TreeEnsemble", version=5, inputs=[r.integers(0, 4, (9, 3)).astype(np.float32)], attributes=a)


def ensemble(r, kind, modes):
    """Two trees over seven nodes: 0 -> (1, 2), 1 -> leaves, 2 -> (3, leaf), 3 -> leaves; 4 -> (5, 6), both -> leaves."""
    return dict(
        n_targets=2, tree_roots=[0, 4], nodes_featureids=r.integers(0, 3, 7).tolist(),
        nodes_modes=helper.make_tensor("m", 2, (7,), modes),
        nodes_splits=numpy_helper.from_array(np.round(r.standard_normal(7), 1).astype(kind), "s"),
        nodes_truenodeids=[1, 0, 3, 3, 5, 5, 7], nodes_trueleafs=[0, 1, 0, 1, 0, 1, 1], nodes_falsenodeids=[2, 1, 2, 4, 6, 6, 8],
        nodes_falseleafs=[0, 1, 1, 1, 0, 1, 1], leaf_targetids=[0, 1, 0, 1, 1, 0, 1, 0, 1],
        leaf_weights=numpy_helper.from_array(r.standard_normal(9).astype(kind), "w"))
