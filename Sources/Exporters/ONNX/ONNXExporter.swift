enum ONNXExporter {}
