/// All steps between versions of the standard operator set, ascending. Those of one version apply in order of the list.
package let opsetSteps: [OpsetStep] = {
  let families: [[OpsetStep]] = [
    attributeSteps, axisSteps, broadcastSteps, castSteps, constantSteps, controlSteps, dropoutSteps, matrixSteps, normalizationSteps,
    padSteps, poolingSteps, quantizationSteps, recurrentSteps, reductionSteps, resizeSteps, shapeSteps, softmaxSteps, splitSteps,
  ]
  return families.flatMap(\.self).enumerated()
    .sorted { ($0.element.version, $0.offset) < ($1.element.version, $1.offset) }
    .map(\.element)
}()

/// The steps that lead an operator from one version to the newest, and the name that it has there.
package func stepsUp(from name: String, at version: Int) -> (steps: [OpsetStep], name: String) {
  var name = name
  var steps: [OpsetStep] = []
  for step in opsetSteps where step.version > version && step.operators.contains(name) {
    steps.append(step)
    name = step.newName ?? name
  }
  return (steps, name)
}

/// The steps that lead the newest form of an operator down to a version, and the name that it has there.
package func stepsDown(from name: String, to version: Int) -> (steps: [OpsetStep], name: String) {
  var name = name
  var steps: [OpsetStep] = []
  for step in opsetSteps.reversed() where step.version > version {
    if let newName = step.newName {
      guard newName == name, let old = step.operators.first else { continue }
      name = old
    } else if !step.operators.contains(name) {
      continue
    }
    steps.append(step)
  }
  return (steps, name)
}
