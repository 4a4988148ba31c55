package secret

// Codes of every recipe.
const (
	CodeUnknownRecipe Code = "unknown_recipe"
	CodeTooLarge      Code = "too_large"
	CodeNotUTF8       Code = "not_utf8"
	CodeDuplicateKey  Code = "duplicate_key"
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
	CodePlaceholderAt  Code = "placeholder_at" // one of several values, by its line
)

// Codes of single recipes.
const (
	CodeJSONSyntax Code = "json_syntax"
	CodeJSONDepth  Code = "json_depth"

	CodeUnreadableLine Code = "unreadable_line"
	CodeBadVariable    Code = "bad_variable"
	CodeNoPairs        Code = "no_pairs"
	CodeEmptyPair      Code = "empty_pair"
	CodeCommentDropped Code = "comment_dropped"

	CodeNotBase64   Code = "not_base64"
	CodeBase64Cut   Code = "base64_cut"
	CodeBase64Twice Code = "base64_twice"

	CodeNoPEM          Code = "no_pem"
	CodeBrokenPEM      Code = "broken_pem"
	CodeTextAroundPEM  Code = "text_around_pem"
	CodeBadCertificate Code = "bad_certificate"

	CodeBadScheme       Code = "bad_scheme"
	CodeBadHost         Code = "bad_host"
	CodePortInHost      Code = "port_in_host"
	CodeBadPort         Code = "bad_port"
	CodeQueryInDatabase Code = "query_in_database"

	CodeBadKey         Code = "bad_key"
	CodeNoManifestName Code = "no_manifest_name"

	CodeBadServer   Code = "bad_server"
	CodeColonInUser Code = "colon_in_user"

	CodeTooShort        Code = "too_short"
	CodeUnknownAlphabet Code = "unknown_alphabet"
)

// What should have stood where a fault was found; these are Fault.Expected, never Fault.Code.
const (
	ExpectJSONValue    Code = "json_value"
	ExpectJSONKey      Code = "json_key"
	ExpectJSONColon    Code = "json_colon"
	ExpectCommaBrace   Code = "json_comma_or_brace"
	ExpectCommaBracket Code = "json_comma_or_bracket"
	ExpectClosingQuote Code = "closing_quote"
	ExpectPlainQuotes  Code = "plain_quotes"
	ExpectEscape       Code = "json_escape"
	ExpectDigit        Code = "digit"
	ExpectTextEnd      Code = "text_end"

	ExpectKey     Code = "key"
	ExpectEquals  Code = "equals"
	ExpectLineEnd Code = "line_end"

	ExpectBase64    Code = "base64"
	ExpectPEMBegin  Code = "pem_begin"
	ExpectPEMEnd    Code = "pem_end"
	ExpectLineBreak Code = "line_break"
)
