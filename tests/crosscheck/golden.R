# The golden numbers of the domain reference by R. Argument: the CSV of the golden data set. Writes `name value` lines.
suppressPackageStartupMessages(library(survey))
suppressPackageStartupMessages(library(psych))
path <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(path)
people <- c(web = 60000, telefoon = 30000, balie = 10000)
ages <- c("18-34" = 28000, "35-64" = 48000, "65+" = 24000)
d$positive <- as.numeric(d$cijfer >= 7)
d$nps100 <- 100 * (as.numeric(d$nps >= 9) - as.numeric(d$nps <= 6))
d$w <- people[d$channel] / as.vector(table(d$channel)[d$channel])
d$N <- people[d$channel]
told <- function(name, x) cat(name, sprintf("%.12g", as.numeric(x)), "\n")
estimate <- function(name, formula, design) {
  found <- svymean(formula, design)
  told(paste0(name, "_value"), coef(found))
  told(paste0(name, "_error"), SE(found))
}

plain <- svydesign(ids = ~1, weights = ~ rep(1, 240), data = d)
estimate("mean", ~cijfer, plain)
estimate("nps", ~nps100, plain)
estimate("weighted_mean", ~cijfer, svydesign(ids = ~1, weights = ~w, data = d))

channel <- data.frame(channel = names(people), Freq = people)
stratified <- postStratify(plain, ~channel, channel)
estimate("poststratified_mean", ~cijfer, stratified)
estimate("poststratified_share", ~positive, stratified)
estimate("poststratified_nps", ~nps100, stratified)
young <- svymean(~cijfer, subset(stratified, age == "18-34"))
told("young_value", coef(young))
told("young_error", SE(young))

estimate("drawn", ~cijfer, svydesign(ids = ~1, strata = ~channel, fpc = ~N, data = d))
estimate("drawn_infinite", ~cijfer, svydesign(ids = ~1, strata = ~channel, weights = ~w, data = d))

age <- data.frame(age = names(ages), Freq = ages)
raked <- rake(plain, list(~channel, ~age), list(channel, age), control = list(maxit = 50, epsilon = 1e-7))
estimate("raked_mean", ~cijfer, raked)
told("raked_n_eff", sum(weights(raked))^2 / sum(weights(raked)^2))
told("raked_least", min(weights(raked)))
told("raked_most", max(weights(raked)))
old <- svymean(~cijfer, subset(raked, age == "65+"))
told("old_value", coef(old))
told("old_error", SE(old))

people_of <- svydesign(ids = ~ I(id %/% 3), weights = ~w, data = d)
estimate("clustered_mean", ~cijfer, people_of)

reliability <- suppressWarnings(psych::alpha(d[, c("d1", "d2", "d3", "d4")], warnings = FALSE))
told("alpha_raw", reliability$total$raw_alpha)
told("alpha_standardised", reliability$total$std.alpha)
