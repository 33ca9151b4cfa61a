import GraphText
import Testing
@Suite struct RoundTripTests {}
