package secret

// Codes of every recipe.
const (
	CodeUnknownRecipe Code = "unknown_recipe"
	CodeTooLarge      Code = "too_large"
	CodeNotUTF8       Code = "not_utf8"
)

// Codes of the warnings about typed text: signs that it is not what its author meant.
const (
	CodeMaybeCut       Code = "maybe_cut"
	CodeEdgeWhitespace Code = "edge_whitespace"
	CodeSmartQuotes    Code = "smart_quotes"
	CodeInvisible      Code = "invisible_character"
	CodeLineEnding     Code = "carriage_return"
	CodeControl        Code = "control_character"
	CodeReplacement    Code = "replacement_character"
	CodeEntity         Code = "html_entity"
	CodeSlackMarkup    Code = "slack_markup"
	CodePlaceholder    Code = "placeholder"
)
