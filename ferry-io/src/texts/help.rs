//! What the command line says of itself where clap would speak English.

use crate::exit_code::USAGE;
use ferry_format::texts;

crate::errors! {
    wrong_usage(what) = USAGE, "FERRY-E0610" {
        zh: "{what}", en: "{what}", hint { zh: "用 --help 查看帮助", en: "see --help" }
    }
}

texts! {
    usage { zh: "用法：", en: "Usage: " }
    commands { zh: "命令：", en: "Commands:" }
    arguments { zh: "参数：", en: "Arguments:" }
    options { zh: "选项：", en: "Options:" }
    options_of_usage { zh: "[选项]", en: "[OPTIONS]" }
    command_of_usage { zh: "<命令>", en: "<COMMAND>" }
    help_command { zh: "显示本帮助或某个命令的帮助", en: "print this message or the help of a command" }
    show_help { zh: "显示帮助", en: "print help" }
    show_help_and_more { zh: "显示帮助（用 --help 查看详细帮助）", en: "print help (see more with --help)" }
    show_short_help { zh: "显示帮助（用 -h 查看简要帮助）", en: "print help (see a summary with -h)" }
    show_version { zh: "显示版本", en: "print version" }
    default_value(value) { zh: " [默认：{value}]", en: " [default: {value}]" }
    possible_values(values) { zh: " [可选值：{values}]", en: " [possible values: {values}]" }
    unknown_argument(argument) { zh: "没有参数“{argument}”", en: "unexpected argument '{argument}'" }
    unknown_argument_like(argument, similar) {
        zh: "没有参数“{argument}”；是否要用“{similar}”？", en: "unexpected argument '{argument}'; did you mean '{similar}'?"
    }
    unknown_command(name) { zh: "没有命令“{name}”", en: "unrecognized command '{name}'" }
    unknown_command_like(name, similar) {
        zh: "没有命令“{name}”；是否要用：{similar}", en: "unrecognized command '{name}'; did you mean {similar}?"
    }
    missing_command(all) { zh: "缺少命令，可用的命令：{all}", en: "a command is missing; there are {all}" }
    missing_arguments(all) { zh: "缺少必需的参数：{all}", en: "required arguments are missing: {all}" }
    missing_value(argument) { zh: "“{argument}”需要一个值", en: "'{argument}' needs a value" }
    invalid_value(value, argument) { zh: "“{argument}”的值“{value}”无效", en: "invalid value '{value}' for '{argument}'" }
    invalid_value_because(value, argument, why) {
        zh: "“{argument}”的值“{value}”无效：{why}", en: "invalid value '{value}' for '{argument}': {why}"
    }
    not_a_number { zh: "不是整数", en: "not a whole number" }
    out_of_range(range) { zh: "须在 {range} 范围内", en: "not in {range}" }
    value_not_in_list(value, argument, valid) {
        zh: "“{argument}”的值“{value}”无效，可选值：{valid}", en: "invalid value '{value}' for '{argument}'; possible values: {valid}"
    }
    given_twice(argument) { zh: "“{argument}”只能给一次", en: "'{argument}' cannot be used multiple times" }
    conflicting(argument, others) { zh: "“{argument}”不能与“{others}”同时使用", en: "'{argument}' cannot be used with '{others}'" }
    too_many_values(value, argument) { zh: "“{argument}”的值“{value}”多余", en: "unexpected value '{value}' for '{argument}'" }
    too_few_values(argument, number) { zh: "“{argument}”需要 {number} 个值", en: "'{argument}' needs {number} values" }
    needs_equals_sign(argument) { zh: "“{argument}”的值须写在等号后", en: "equal sign is needed for '{argument}'" }
    not_text { zh: "命令行含有非 UTF-8 字符", en: "the command line is not valid UTF-8" }
}
