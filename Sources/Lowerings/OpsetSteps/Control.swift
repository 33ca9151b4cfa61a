/// Control flow.
let controlSteps: [OpsetStep] = [
  .wall(["Scan"], 9, "runs over a batch of sequences, which later opsets express otherwise")
]
