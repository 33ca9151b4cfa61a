/// Recurrent layers.
let recurrentSteps: [OpsetStep] = [
  .added(["GRU"], 3, ["linear_before_reset"]),
  .retired(["GRU", "LSTM", "RNN"], 7, ["output_sequence"]),
  .added(["GRU", "LSTM", "RNN"], 14, ["layout"]),
]
